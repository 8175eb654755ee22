package summary

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"flask-api/config"
)

// Refresh is the table with the prices of AWS's price lists: of the files, or, without
// any, of those that AWS publishes now for the regions, or for all. What no list has stays as
// it was. The progress tells of each list.
func Refresh(ctx context.Context, table string, files, regions []string, progress io.Writer) (string, error) {
	old, err := parsePrices(table)
	if err != nil {
		return "", err
	}
	var fresh []price
	take := func(name string, r io.Reader) error {
		rows, err := readOffer(r)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fresh = append(fresh, rows...)
		_, err = fmt.Fprintf(progress, "%s: %s\n", name, some(len(rows), "price"))
		return err
	}
	for _, file := range files {
		r, err := os.Open(file) //nolint:gosec // The maintainer's own choice.
		if err != nil {
			return "", err
		}
		err = take(file, r)
		_ = r.Close()
		if err != nil {
			return "", err
		}
	}
	if len(files) == 0 {
		if err := download(ctx, offersURL, regions, take); err != nil {
			return "", err
		}
	}
	return written(table, old, fresh), nil
}

// download takes the list of each service in each of the regions that have it.
func download(ctx context.Context, base string, regions []string, take func(string, io.Reader) error) error {
	var services []string
	for _, o := range offers {
		services = append(services, o.service)
	}
	slices.Sort(services)
	for _, service := range slices.Compact(services) {
		var index struct {
			Regions map[string]struct {
				URL string `json:"currentVersionUrl"`
			} `json:"regions"`
		}
		path := "/offers/v1.0/aws/" + service + "/current/region_index.json"
		err := get(ctx, base+path, func(r io.Reader) error { return json.NewDecoder(r).Decode(&index) })
		if err != nil {
			return err
		}
		for _, region := range slices.Sorted(maps.Keys(index.Regions)) {
			_, known := config.PartitionOf(region)
			if !known || len(regions) > 0 && !slices.Contains(regions, region) {
				continue // Wavelength Zones and the like have a list of their own.
			}
			url := base + index.Regions[region].URL
			if err := get(ctx, url, func(r io.Reader) error { return take(url, r) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// get has the answer read.
func get(ctx context.Context, url string, read func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("%w; where AWS cannot be reached, download the lists elsewhere and name them: make prices FILES='…'", err)
	}
	defer response.Body.Close() //nolint:errcheck // Nothing is written.
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return read(response.Body)
}

// written is the table with its comments, its rows in one order, and the fresh ones in
// the place of old ones of the same part and region.
func written(table string, old, fresh []price) string {
	rows := map[[2]string]price{}
	for _, p := range slices.Concat(old, fresh) {
		rows[[2]string{p.region, p.part}] = p
	}
	var out strings.Builder
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "part,") {
			out.WriteString(line)
		}
	}
	w := csv.NewWriter(&out)
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(strings.TrimPrefix(a[0], anyRegion), strings.TrimPrefix(b[0], anyRegion)), cmp.Compare(a[1], b[1]))
	})
	for _, key := range keys {
		p := rows[key]
		_ = w.Write([]string{p.part, p.region, strconv.FormatFloat(p.usd, 'f', -1, 64), p.unit, p.date.Format(time.DateOnly), p.source})
	}
	w.Flush()
	return out.String()
}
