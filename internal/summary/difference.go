package summary

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Difference says in a sentence how much more or less a month costs after a change of the
// stack, of which either side may be nil: an environment that is new or gone. It is empty
// where nothing changes that costs money all the time.
func Difference(before, after []byte) (string, error) {
	prices, err := parsePrices(pricesCSV)
	if err != nil {
		return "", err
	}
	old, place, err := billed(before)
	if err != nil {
		return "", err
	}
	recent, region, err := billed(after)
	if err != nil {
		return "", err
	}
	region = cmp.Or(region, place)
	keys := maps.Clone(old)
	maps.Copy(keys, recent)
	var more, less []item
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		i := item{part: key, name: keys[key].name, count: recent[key].count - old[key].count}
		if i.count > 0 {
			more = append(more, i)
		} else if i.count < 0 {
			less = append(less, i)
		}
	}
	sum := costOf(slices.Concat(more, less), region, prices)
	return sum.difference(named(costOf(more, region, prices).unknown), named(costOf(less, region, prices).unknown)), nil
}

func named(parts []string) string {
	slices.Sort(parts)
	return strings.Join(slices.Compact(parts), ", ")
}

// billed are the items of a stack by their parts, and its region.
func billed(text []byte) (map[string]item, string, error) {
	out := map[string]item{}
	if text == nil {
		return out, "", nil
	}
	stack, err := Parse("", text)
	if err != nil {
		return nil, "", err
	}
	for _, p := range stack.parts() {
		for _, i := range p.items {
			i.count += out[i.part].count
			out[i.part] = i
		}
	}
	return out, stack.Region, nil
}

// difference says the cost as a change, with what has no price on record.
func (c cost) difference(more, less string) string {
	var out []string
	if c.known > 0 {
		direction := "more"
		if c.usd < 0 {
			direction = "less"
		}
		out = append(out, fmt.Sprintf("%.2f USD a month %s, at prices of %s or later", math.Abs(c.usd), direction, c.oldest.Format(time.DateOnly)))
	}
	if more != "" {
		out = append(out, "more for what has no price on record: "+more)
	}
	if less != "" {
		out = append(out, "less for what has no price on record: "+less)
	}
	return strings.Join(out, "; ")
}
