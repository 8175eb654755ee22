package summary

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// hoursPerMonth is the month that AWS's own calculator reckons with.
	hoursPerMonth = 730
	// anyRegion marks a price that is the same in all regions.
	anyRegion = "any"
	// perHour is the unit of what makes most of a bill.
	perHour = "hour"
	// comparedRegion is the one with the most prices on record.
	comparedRegion = "us-east-1"
)

//go:embed prices.csv
var pricesCSV string

// price is a row of the table: what one of a part costs in an hour or a month.
type price struct {
	part, region string
	usd          float64
	unit         string
	date         time.Time
	source       string
}

// monthlyUSD is what one of the part costs in a month.
func (p price) monthlyUSD() float64 {
	if p.unit == perHour {
		return p.usd * hoursPerMonth
	}
	return p.usd
}

// parsePrices reads the table. A row that lacks something is an error: a price
// without its date and source is not one to rely on.
func parsePrices(text string) ([]price, error) {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the table of prices: %w", err)
	}
	var prices []price
	for _, row := range rows[1:] {
		usd, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			return nil, fmt.Errorf("the price of %s in %s: %w", row[0], row[1], err)
		}
		date, err := time.Parse(time.DateOnly, row[4])
		if err != nil {
			return nil, fmt.Errorf("the date of %s in %s: %w", row[0], row[1], err)
		}
		prices = append(prices, price{part: row[0], region: row[1], usd: usd, unit: row[3], date: date, source: row[5]})
	}
	return prices, nil
}

// item is something that costs money for as long as it exists.
type item struct {
	// part is its key in the table of prices; name is what people call it.
	part, name string
	count      float64
	// rests is whether it costs nothing while it is stopped or paused.
	rests bool
}

// offer is what the item is in AWS's price lists. What is spare capacity has no list price.
func (i item) offer() (offered, bool) {
	at := slices.IndexFunc(offers, func(o offered) bool {
		prefix, open := strings.CutSuffix(o.part, "*")
		return o.part == i.part || open && strings.HasPrefix(i.part, prefix)
	})
	if at < 0 {
		return offered{}, false
	}
	return offers[at], true
}

// cost is what items cost in a month. What has no price on record is in unknown, and
// not in the sum.
type cost struct {
	usd     float64
	known   int
	unknown []string
	// incomplete is a cost of which something is unknown that is billed by the hour, as
	// most of a bill is; listed is one of which AWS's price lists know what is unknown.
	incomplete, listed bool
	// oldest is the date of the oldest price in the sum.
	oldest time.Time
}

// costOf looks every item up: in the region, or else among the prices of all regions.
func costOf(items []item, region string, prices []price) cost {
	var c cost
	for _, i := range items {
		at := func(region string) int {
			return slices.IndexFunc(prices, func(p price) bool { return p.part == i.part && p.region == region })
		}
		row := at(region)
		if row < 0 {
			row = at(anyRegion)
		}
		if row < 0 {
			c.unknown = append(c.unknown, i.name)
			o, listed := i.offer()
			c.listed = c.listed || listed
			c.incomplete = c.incomplete || o.unit == perHour
			continue
		}
		p := prices[row]
		c.known++
		c.usd += i.count * p.monthlyUSD()
		if c.oldest.IsZero() || p.date.Before(c.oldest) {
			c.oldest = p.date
		}
	}
	return c
}

// String is the cost as the screen shows it. A sum that lacks a price says so; one that
// lacks a large one would mislead.
func (c cost) String() string {
	switch {
	case c.known == 0 && len(c.unknown) == 0:
		return ""
	case c.known == 0, c.incomplete:
		return "unknown"
	case len(c.unknown) > 0:
		return fmt.Sprintf("at least %.2f", c.usd)
	default:
		return fmt.Sprintf("%.2f", c.usd)
	}
}
