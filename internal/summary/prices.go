package summary

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// hoursPerMonth is the month that AWS's own calculator reckons with.
	hoursPerMonth = 730
	// anyRegion marks a price that is the same in all regions.
	anyRegion = "any"
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
	if p.unit == "hour" {
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
}

// cost is what items cost in a month. What has no price on record is in unknown, and
// not in the sum.
type cost struct {
	usd     float64
	known   int
	unknown []string
	// oldest is the date of the oldest price in the sum.
	oldest time.Time
}

// costOf looks every item up: in the region, or among the prices of all regions.
func costOf(items []item, region string, prices []price) cost {
	var c cost
	for _, i := range items {
		found := false
		for _, p := range prices {
			if p.part != i.part || p.region != region && p.region != anyRegion {
				continue
			}
			found = true
			c.usd += i.count * p.monthlyUSD()
			if c.oldest.IsZero() || p.date.Before(c.oldest) {
				c.oldest = p.date
			}
			break
		}
		if found {
			c.known++
		} else {
			c.unknown = append(c.unknown, i.name)
		}
	}
	return c
}

// String is the cost as the screen shows it. A sum that lacks a price says so.
func (c cost) String() string {
	switch {
	case c.known == 0 && len(c.unknown) == 0:
		return ""
	case c.known == 0:
		return "unknown"
	case len(c.unknown) > 0:
		return fmt.Sprintf("at least %.2f", c.usd)
	default:
		return fmt.Sprintf("%.2f", c.usd)
	}
}
