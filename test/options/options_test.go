package options

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// TestEveryFieldBelongsToAnOption wants each field of the configuration in a way to set
// it, or among those that cannot be in one.
func TestEveryFieldBelongsToAnOption(t *testing.T) {
	var covered []string
	for _, w := range Ways(Catalogue(Example())) {
		covered = append(covered, w.Fields()...)
	}
	for _, path := range Fields() {
		assert.NotEqual(t, NoOption[path] != "", slices.Contains(covered, path), "%s: an option of the catalogue sets it, or NoOption says why none does", path)
	}
	for path := range NoOption {
		assert.Contains(t, Fields(), path, "is not a field")
	}
}

// TestWays wants each way valid, told from the others, and doing something.
func TestWays(t *testing.T) {
	titles := map[string]bool{}
	for _, w := range Ways(Catalogue(Example())) {
		c := config.Defaults("way")
		w.Apply(&c)
		require.NoError(t, c.Validate(), w.Title())
		assert.NotEmpty(t, w.Fields(), w.Title())
		assert.False(t, titles[w.Title()], "%s is there twice", w.Title())
		titles[w.Title()] = true
		for _, needed := range w.Needs {
			assert.Nil(t, needed.Needs, "%s needs a way that needs others: name all of them", w.Title())
		}
	}
	for _, o := range Catalogue(Example()) {
		for _, w := range o.Ways {
			assert.True(t, !o.Combined || w.Name != "", "%s has no name for the tables", w.Title())
			assert.True(t, !o.Daily || w.Needs == nil, "%s is changed alone", w.Title())
		}
	}
}

// TestValues says what a way sets, as docs/changes.md does.
func TestValues(t *testing.T) {
	ways := Ways(Catalogue(Example()))
	values := map[string]string{}
	for _, w := range ways {
		values[w.Title()] = w.Values()
	}
	assert.Equal(t, "2048, 4096", values["Service.CPUUnits, Service.MemoryMiB"])
	assert.Equal(t, "Team: shop", values["Tags"])
	assert.Equal(t, "morning, 0 7 ? * MON-FRI *, Europe/Rome, 2, 20", values["schedules"])
	assert.PanicsWithValue(t, "no option is called nonsense", func() { Titled(nil, "nonsense") })
}

// TestLeave sets single fields back, also those of a list of sections.
func TestLeave(t *testing.T) {
	c := config.Defaults("way")
	Titled(Catalogue(Example()), "schedules").Apply(&c)
	Leave(&c, "Scaling.Schedules.Cron", config.Defaults("way"))
	assert.Equal(t, []config.Schedule{{Name: "morning", TimeZone: "Europe/Rome", MinTasks: 2, MaxTasks: 20}}, c.Scaling.Schedules)
	assert.True(t, Same(c, config.Defaults("way"), "Scaling.Schedules.Cron"), "a time that says nothing")
	assert.False(t, Same(c, config.Defaults("way"), "Scaling.Schedules.Name"))
}
