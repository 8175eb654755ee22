package emulator

import (
	"html"
	"reflect"
	"strconv"
	"strings"
)

// decodeQuery sets the fields of one of the SDK's inputs, which has them by the names of the
// query protocol, from a call's parameters.
func decodeQuery(n *node, into reflect.Value) {
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		decodeQuery(n, into.Elem())
	case reflect.Struct:
		for _, p := range n.parts {
			if field := into.FieldByName(p.name); field.IsValid() {
				decodeQuery(p.node, field)
			}
		}
	case reflect.Slice:
		for _, p := range elements(n, false) {
			element := reflect.New(into.Type().Elem()).Elem()
			decodeQuery(p.node, element)
			into.Set(reflect.Append(into, element))
		}
	case reflect.String:
		into.SetString(n.text)
	case reflect.Bool:
		into.SetBool(n.text == "true")
	case reflect.Int32:
		number, _ := strconv.ParseInt(n.text, 10, 32) // The model was held against it.
		into.SetInt(number)
	}
}

// memberNames are the elements of those lists of ElastiCache's API that are neither texts
// called "member" nor structures called as their type is, by the list's.
var memberNames = map[string]string{
	"MemberClusters": "ClusterId", "Users": "member", "UserGroups": "member", "SecurityGroups": "member",
}

// encodeXML writes a value of the SDK's as the element of that name.
func encodeXML(out *strings.Builder, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			encodeXML(out, name, v.Elem())
		}
		return
	case reflect.Struct, reflect.Slice, reflect.String, reflect.Bool, reflect.Int32:
	default:
		return // A time, which nobody reads.
	}
	out.WriteString("<" + name + ">")
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && field.Name != "ResultMetadata" {
				encodeXML(out, field.Name, v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			member, other := memberNames[name]
			switch {
			case other:
			case v.Type().Elem().Kind() == reflect.String:
				member = "member"
			default:
				member = v.Type().Elem().Name()
			}
			encodeXML(out, member, v.Index(i))
		}
	case reflect.String:
		out.WriteString(html.EscapeString(v.String()))
	case reflect.Bool:
		out.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int32:
		out.WriteString(strconv.FormatInt(v.Int(), 10))
	}
	out.WriteString("</" + name + ">")
}
