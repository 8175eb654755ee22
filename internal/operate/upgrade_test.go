package operate

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// aurora is an RDS with the environment's cluster. Its texts are what it answers with.
type aurora struct {
	*fake
	version, group, sync string
	green, old           string // their versions, empty for none
	status, details      string // of the blue/green deployment
	gone                 int    // looks at one that is being deleted
	groups               map[string]string
	instances            string
	protected            bool
	source               string            // of the deployment
	failing              string            // the action that AWS refuses
	late                 map[string]string // what AWS says of an action, once, that it has done before
	done                 []string
	asked                []string
	answer               bool
	after                func(action string)
}

func newAurora(t *testing.T) *aurora {
	t.Helper()
	a := &aurora{fake: newFake(t, nil), version: "16.11", group: "flask-api-aurora-pg-dev", sync: "in-sync", groups: map[string]string{"flask-api-aurora-pg-dev": "16"}, answer: true}
	a.instances = "<DBInstance><DBInstanceIdentifier>flask-api-aurora-writer-dev</DBInstanceIdentifier><DBParameterGroups><DBParameterGroup><DBParameterGroupName>default.aurora-postgresql16</DBParameterGroupName></DBParameterGroup></DBParameterGroups></DBInstance>"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		form, err := url.ParseQuery(string(body))
		assert.NoError(t, err)
		action := form.Get("Action")
		content, fault := a.does(action, form)
		if action == a.failing {
			fault = "AccessDenied"
		}
		if late := a.late[action]; late != "" {
			fault = late
			delete(a.late, action)
		}
		if fault != "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, "<ErrorResponse><Error><Code>%s</Code><Message>not this</Message></Error></ErrorResponse>", fault)
			return
		}
		_, _ = fmt.Fprintf(w, "<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>", action, content)
		if a.after != nil {
			a.after(action)
		}
	}))
	t.Cleanup(server.Close)
	a.AWS.BaseEndpoint = &server.URL
	a.Config.Database.EngineVersion = "17.5"
	return a
}

// does what RDS does, and returns its answer, or the code of an error.
func (a *aurora) does(action string, form url.Values) (content, fault string) {
	id, group := form.Get("DBClusterIdentifier"), form.Get("DBClusterParameterGroupName")
	if !strings.HasPrefix(action, "Describe") && action != "ListTagsForResource" {
		a.done = append(a.done, strings.Join(strings.Fields(action+" "+id+" "+group+" "+form.Get("DBInstanceIdentifier")), " "))
	}
	switch action {
	case "DescribeDBClusters":
		version := map[string]string{"flask-api-aurora-dev": a.version, "flask-api-aurora-dev-old1": a.old, "flask-api-aurora-dev-green-x": a.green}[id]
		if version == "" {
			return "", "DBClusterNotFoundFault"
		}
		return fmt.Sprintf("<DBClusters><DBCluster><DBClusterIdentifier>%s</DBClusterIdentifier><DBClusterArn>arn:aws:rds:eu-south-1:1:cluster:%[1]s</DBClusterArn><EngineVersion>%s</EngineVersion><Status>available</Status>"+
			"<DBClusterParameterGroup>%s</DBClusterParameterGroup><DeletionProtection>%t</DeletionProtection><DBClusterMembers><DBClusterMember><DBInstanceIdentifier>flask-api-aurora-writer-dev</DBInstanceIdentifier>"+
			"<IsClusterWriter>true</IsClusterWriter><DBClusterParameterGroupStatus>%s</DBClusterParameterGroupStatus></DBClusterMember></DBClusterMembers></DBCluster></DBClusters>", id, version, a.group, a.protected, a.sync), ""
	case "DescribeDBInstances":
		return "<DBInstances>" + a.instances + "</DBInstances>", ""
	case "DescribeDBEngineVersions":
		return "<DBEngineVersions><DBEngineVersion><ValidUpgradeTarget><UpgradeTarget><EngineVersion>16.12</EngineVersion></UpgradeTarget><UpgradeTarget><EngineVersion>17.4</EngineVersion></UpgradeTarget>" +
			"<UpgradeTarget><EngineVersion>17.5</EngineVersion></UpgradeTarget><UpgradeTarget><EngineVersion>17.10</EngineVersion></UpgradeTarget><UpgradeTarget><EngineVersion>17.7</EngineVersion></UpgradeTarget></ValidUpgradeTarget></DBEngineVersion></DBEngineVersions>", ""
	case "DescribeBlueGreenDeployments":
		if a.status == deploymentGone {
			a.gone++
		}
		if a.gone > 1 {
			a.status, a.gone = "", 0
		}
		if a.status == "" {
			return "<BlueGreenDeployments/>", ""
		}
		return "<BlueGreenDeployments><member><BlueGreenDeploymentIdentifier>bgd-1</BlueGreenDeploymentIdentifier><Source>arn:aws:rds:eu-south-1:1:cluster:" + a.source + "</Source><Target>arn:aws:rds:eu-south-1:1:cluster:flask-api-aurora-dev-green-x</Target><Status>" +
			a.status + "</Status><StatusDetails>" + a.details + "</StatusDetails></member></BlueGreenDeployments>", ""
	case "DescribeDBClusterParameterGroups":
		if a.groups[group] == "" {
			return "", "DBParameterGroupNotFound"
		}
		return "<DBClusterParameterGroups><DBClusterParameterGroup><DBClusterParameterGroupArn>arn:aws:rds:eu-south-1:1:cluster-pg:" + group + "</DBClusterParameterGroupArn><Description>of the API</Description><DBParameterGroupFamily>aurora-postgresql" + a.groups[group] + "</DBParameterGroupFamily></DBClusterParameterGroup></DBClusterParameterGroups>", ""
	case "DescribeDBClusterParameters":
		return "<Parameters><Parameter><ParameterName>rds.force_ssl</ParameterName><ParameterValue>1</ParameterValue><ApplyMethod>immediate</ApplyMethod></Parameter>" +
			"<Parameter><ParameterName>rds.logical_replication</ParameterName><ParameterValue>1</ParameterValue></Parameter></Parameters>", ""
	}
	return a.changes(action, form)
}

// changes what there is.
func (a *aurora) changes(action string, form url.Values) (content, fault string) {
	id, group := form.Get("DBClusterIdentifier"), form.Get("DBClusterParameterGroupName")
	switch action {
	case "CreateDBClusterParameterGroup":
		if a.groups[group] != "" {
			return "", "DBParameterGroupAlreadyExists"
		}
		a.groups[group] = strings.TrimPrefix(form.Get("DBParameterGroupFamily"), "aurora-postgresql")
	case "DeleteDBClusterParameterGroup":
		if a.groups[group] == "" {
			return "", "DBParameterGroupNotFound"
		}
		delete(a.groups, group)
	case "ModifyDBClusterParameterGroup":
		a.done[len(a.done)-1] += " " + form.Get("Parameters.Parameter.1.ParameterName") + " " + form.Get("Parameters.Parameter.2.ParameterName")
	case "ModifyDBCluster":
		if group != "" {
			a.group, a.sync = group, "pending-reboot"
		}
	case "RebootDBInstance":
		a.sync = "in-sync"
	case "CreateBlueGreenDeployment":
		a.done[len(a.done)-1] += " " + form.Get("TargetEngineVersion") + " " + form.Get("TargetDBClusterParameterGroupName")
		a.status, a.green = "AVAILABLE", form.Get("TargetEngineVersion")
	case "SwitchoverBlueGreenDeployment":
		a.status, a.version, a.old, a.green = "SWITCHOVER_COMPLETED", a.green, a.version, ""
	case "DeleteDBCluster":
		a.done[len(a.done)-1] += " " + form.Get("FinalDBSnapshotIdentifier")
		if id == "flask-api-aurora-dev-old1" {
			a.old = ""
		}
	case "DeleteBlueGreenDeployment":
		a.status = deploymentGone
		if form.Get("DeleteTarget") == "true" {
			a.green = ""
		}
	}
	return "", ""
}

func (a *aurora) upgrade(t *testing.T, step string) error {
	t.Helper()
	a.done = nil
	return a.Upgrade(t.Context(), "17", step, func(question string) bool {
		a.asked = append(a.asked, question)
		return a.answer
	})
}

// TestUpgrade wants each change in its order, and each question before what it asks for.
func TestUpgrade(t *testing.T) {
	a := newAurora(t)
	require.NoError(t, a.upgrade(t, UpgradeGoOn))
	assert.Equal(t, []string{
		"CreateDBClusterParameterGroup flask-api-aurora-upgrade-pg-dev",
		"ModifyDBClusterParameterGroup flask-api-aurora-upgrade-pg-dev rds.logical_replication rds.force_ssl",
		"ModifyDBCluster flask-api-aurora-dev flask-api-aurora-upgrade-pg-dev",
		"RebootDBInstance flask-api-aurora-writer-dev",
		"DeleteDBClusterParameterGroup flask-api-aurora-pg-dev",
		"CreateDBClusterParameterGroup flask-api-aurora-pg-dev",
		"ModifyDBClusterParameterGroup flask-api-aurora-pg-dev rds.force_ssl ",
		"CreateBlueGreenDeployment 17.5 flask-api-aurora-pg-dev",
		"SwitchoverBlueGreenDeployment",
	}, a.done)
	assert.Equal(t, "17", a.groups["flask-api-aurora-pg-dev"])
	require.Len(t, a.asked, 2)
	assert.Equal(t, "Copy flask-api-aurora-dev, of version 16.11, to version 17.5? Its writer is restarted for it, which takes seconds, and from then on until the switchover the schema must stay as it is.", a.asked[0])
	assert.Equal(t, "Switch flask-api-aurora-dev over to the copy, flask-api-aurora-dev-green-x? Connections break, and for a minute nothing is written.", a.asked[1])
	assert.Contains(t, a.notes.String(), "flask-api-aurora-dev runs version 17.5. Deploy the environment: make deploy ENVIRONMENT=dev. What ran before is kept as flask-api-aurora-dev-old1, read-only, and billed; make upgrade ENVIRONMENT=dev VERSION=17 STEP=finish deletes it.")

	require.NoError(t, a.upgrade(t, UpgradeGoOn))
	assert.Empty(t, a.done, "it is there already")
	a.protected, a.Config.Protected = true, true
	require.NoError(t, a.upgrade(t, UpgradeFinish))
	assert.Equal(t, []string{
		"ModifyDBCluster flask-api-aurora-dev-old1", "DeleteDBInstance flask-api-aurora-writer-dev", "DeleteDBCluster flask-api-aurora-dev-old1 flask-api-aurora-final-dev-16",
		"DeleteBlueGreenDeployment", "DeleteDBClusterParameterGroup flask-api-aurora-upgrade-pg-dev",
	}, a.done)
	assert.Equal(t, "Delete flask-api-aurora-dev-old1, of version 16.11, and all that it holds? A snapshot is kept: flask-api-aurora-final-dev-16.", a.asked[2])
	require.NoError(t, a.upgrade(t, UpgradeFinish))
	assert.Equal(t, []string{"DeleteDBClusterParameterGroup flask-api-aurora-upgrade-pg-dev"}, a.done, "nothing is left to delete")
}

// TestUpgradeGoesOn interrupts each step after each of its changes, and wants the next run to
// reach the same end.
func TestUpgradeGoesOn(t *testing.T) {
	for step, begin := range map[string]func(*aurora){
		UpgradeGoOn:    func(*aurora) {},
		UpgradeFinish:  (*aurora).switched,
		UpgradeAbandon: (*aurora).copied,
	} {
		whole := newAurora(t)
		begin(whole)
		require.NoError(t, whole.upgrade(t, step))
		for n := range whole.done {
			a := newAurora(t)
			begin(a)
			ctx, cancel := context.WithCancel(t.Context())
			a.after = func(action string) {
				if len(a.done) == n+1 && !strings.HasPrefix(action, "Describe") && !strings.HasPrefix(action, "List") {
					cancel()
				}
			}
			err := a.Upgrade(ctx, "17", step, yes)
			cancel()
			if n+1 < len(whole.done) { // The answer to the last one may be there before the interruption is.
				require.Error(t, err, "%q, change %d", step, n+1)
			}
			require.NoError(t, a.upgrade(t, step), "%q, after change %d", step, n+1)
			assert.Equal(t, []any{whole.version, whole.green, whole.old, whole.status, whole.group, whole.sync, whole.groups}, []any{a.version, a.green, a.old, a.status, a.group, a.sync, a.groups}, "%q, after change %d", step, n+1)
		}
	}
}

// switched is how far it is after the switchover.
func (a *aurora) switched() {
	a.version, a.old, a.status = "17.5", "16.11", switchedOver
	a.groups = map[string]string{"flask-api-aurora-pg-dev": "17", "flask-api-aurora-upgrade-pg-dev": "16"}
}

// copied is how far it is before the switchover.
func (a *aurora) copied() {
	a.group, a.status, a.green = "flask-api-aurora-upgrade-pg-dev", available, "17.5"
	a.groups = map[string]string{"flask-api-aurora-pg-dev": "17", "flask-api-aurora-upgrade-pg-dev": "16"}
}

// TestUpgradeIsAbandoned wants everything to be as it was, from wherever it is abandoned.
func TestUpgradeIsAbandoned(t *testing.T) {
	for name, begin := range map[string]func(*aurora){
		"not begun": func(*aurora) {},
		"prepared": func(a *aurora) {
			a.group, a.groups = "flask-api-aurora-upgrade-pg-dev", map[string]string{"flask-api-aurora-upgrade-pg-dev": "16"}
		},
		"copied": func(a *aurora) {
			a.answer = false
			require.ErrorContains(t, a.Upgrade(t.Context(), "17", UpgradeGoOn, func(question string) bool { return strings.HasPrefix(question, "Copy") }), "it was not switched over; the copy stays, and is billed: run this again, or make upgrade ENVIRONMENT=dev VERSION=17 STEP=abandon")
		},
		"of no use":     func(a *aurora) { a.status, a.green = "INVALID_CONFIGURATION", "17.5" },
		"being deleted": func(a *aurora) { a.status = deploymentGone },
	} {
		a := newAurora(t)
		a.protected = true
		begin(a)
		a.answer = true
		require.NoError(t, a.upgrade(t, UpgradeAbandon), name)
		assert.Equal(t, map[string]string{"flask-api-aurora-pg-dev": "16"}, a.groups, name)
		assert.Equal(t, "flask-api-aurora-pg-dev", a.group, name)
		assert.Equal(t, "in-sync", a.sync, name)
		assert.Empty(t, a.green+a.status, name)
		assert.Equal(t, "16.11", a.version, name)
		assert.Contains(t, a.notes.String(), "flask-api-aurora-dev is as it was, with version 16.11: set Database.EngineVersion back.")
	}
}

func TestUpgradeThatIsNotDone(t *testing.T) {
	instance := func(name, group string) string {
		return "<DBInstance><DBInstanceIdentifier>" + name + "</DBInstanceIdentifier><DBParameterGroups><DBParameterGroup><DBParameterGroupName>" + group + "</DBParameterGroupName></DBParameterGroup></DBParameterGroups></DBInstance>"
	}
	for name, c := range map[string]struct {
		change     func(*aurora)
		step, says string
	}{
		"another step":   {nil, "back", "STEP=back is none of its steps, which are finish and abandon"},
		"not configured": {func(a *aurora) { a.Config.Database.EngineVersion = "16.11" }, "", `set Database.EngineVersion to a version 17.… first, which is "16.11"`},
		"nothing":        {func(a *aurora) { a.version = "" }, "", "nothing is deployed as flask-api-dev"},
		"no":             {func(a *aurora) { a.answer = false }, "", "upgrading flask-api-aurora-dev: nothing was changed"},
		"not offered": {func(a *aurora) {
			a.version, a.Config.Database.EngineVersion = "16.11", "17.5"
			a.failing = "DescribeDBEngineVersions"
		}, "", "AccessDenied: not this; docs/upgrade-policy.json is what this needs"},
		"scaled":            {func(a *aurora) { a.instances = instance("application-autoscaling-1", "default.x") }, "", "set Database.MaxReaders to 0 and deploy, before Database.EngineVersion is changed"},
		"own parameters":    {func(a *aurora) { a.instances = instance("i", "flask-api-aurora-instance-pg-dev") }, "", "i has the parameter group flask-api-aurora-instance-pg-dev, of its major version"},
		"invalid":           {func(a *aurora) { a.status, a.details = "INVALID_CONFIGURATION", "Replication degraded" }, "", "the blue/green deployment is INVALID_CONFIGURATION: Replication degraded; make upgrade ENVIRONMENT=dev VERSION=17 STEP=abandon goes back"},
		"invalid, no words": {func(a *aurora) { a.status = "INVALID_CONFIGURATION" }, "", "it gives no reason, the events of the cluster may"},
		"taken back": {func(a *aurora) {
			a.status, a.after = "AVAILABLE", func(string) { a.status, a.version = "SWITCHOVER_FAILED", "16.11" }
			a.green = "17.5"
		}, "", "AWS took the switchover back, and nothing is changed"},
		"without effect": {func(a *aurora) {
			a.status, a.green, a.after = "AVAILABLE", "17.5", func(string) { a.status, a.version = "AVAILABLE", "16.11" }
		}, "", "AWS took the switchover back"},
		"finished too early":  {nil, UpgradeFinish, "flask-api-aurora-dev does not run version 17"},
		"finished before":     {func(a *aurora) { a.version, a.status = "17.5", "AVAILABLE" }, UpgradeFinish, "the blue/green deployment is AVAILABLE, and not yet switched over"},
		"not the old one":     {func(a *aurora) { a.version, a.old = "17.5", "17.4" }, UpgradeFinish, "flask-api-aurora-dev-old1 runs version 17.4 itself, and is not what ran before"},
		"not deleted":         {func(a *aurora) { a.version, a.old, a.answer = "17.5", "16.11", false }, UpgradeFinish, "nothing was changed"},
		"abandoned too late":  {func(a *aurora) { a.version = "17.5" }, UpgradeAbandon, "it was switched over to version 17, from which there is no way back"},
		"abandoned meanwhile": {func(a *aurora) { a.status = switching }, UpgradeAbandon, "it was switched over"},
		"not abandoned":       {func(a *aurora) { a.answer = false }, UpgradeAbandon, "nothing was changed"},
		"gone meanwhile": {func(a *aurora) {
			a.after = func(action string) {
				if action == "ModifyDBCluster" {
					a.version = ""
				}
			}
		}, "", "nothing is deployed"},
		"nothing to abandon":    {func(a *aurora) { a.version = "" }, UpgradeAbandon, "nothing is deployed"},
		"no group to copy from": {func(a *aurora) { delete(a.groups, a.group) }, "", "there is no parameter group flask-api-aurora-pg-dev"},
	} {
		a := newAurora(t)
		if c.change != nil {
			c.change(a)
		}
		require.ErrorContains(t, a.upgrade(t, c.step), c.says, name)
		assert.NotContains(t, a.done, "DeleteDBCluster", name)
	}
	a := newAurora(t)
	require.ErrorContains(t, a.Upgrade(t.Context(), "", UpgradeGoOn, yes), "which version? make upgrade ENVIRONMENT=… VERSION=17")
	a.Config.Database.EngineVersion = "18.1"
	require.ErrorContains(t, a.Upgrade(t.Context(), "18", UpgradeGoOn, yes), "AWS offers no upgrade from version 16.11 to 18")
}

// TestUpgradeIsRefused wants each refusal of AWS to be told, and what comes after it not to
// be done.
func TestUpgradeIsRefused(t *testing.T) {
	for step, actions := range map[string][]string{
		UpgradeGoOn: {
			"DescribeDBClusters", "DescribeBlueGreenDeployments", "DescribeDBInstances", "DescribeDBClusterParameterGroups", "ListTagsForResource", "CreateDBClusterParameterGroup",
			"DescribeDBClusterParameters", "ModifyDBClusterParameterGroup", "ModifyDBCluster", "RebootDBInstance", "DeleteDBClusterParameterGroup", "CreateBlueGreenDeployment", "SwitchoverBlueGreenDeployment",
		},
		UpgradeFinish:  {"DescribeBlueGreenDeployments", "ModifyDBCluster", "DescribeDBInstances", "DeleteDBInstance", "DeleteDBCluster", "DeleteBlueGreenDeployment", "DeleteDBClusterParameterGroup"},
		UpgradeAbandon: {"DescribeDBClusters", "DescribeBlueGreenDeployments", "ModifyDBCluster", "DeleteBlueGreenDeployment", "DescribeDBClusterParameterGroups", "DeleteDBClusterParameterGroup", "RebootDBInstance"},
	} {
		for _, action := range actions {
			a := newAurora(t)
			a.protected = true
			switch step {
			case UpgradeFinish:
				a.switched()
			case UpgradeAbandon:
				a.copied()
			}
			a.failing = action
			require.ErrorContains(t, a.upgrade(t, step), "AccessDenied", "%s %s", step, action)
			if last := slices.IndexFunc(a.done, func(did string) bool { return strings.Fields(did)[0] == action }); last >= 0 {
				assert.Len(t, a.done, last+1, "%s %s", step, action)
			}
		}
	}
}

// TestUpgradeChoosesTheVersion wants the configured version, or the newest one of its major.
func TestUpgradeChoosesTheVersion(t *testing.T) {
	for configured, want := range map[string]string{"17.5": "17.5", "17.6": "17.10"} {
		a := newAurora(t)
		a.Config.Database.EngineVersion = configured
		require.NoError(t, a.upgrade(t, UpgradeGoOn))
		assert.Equal(t, want, a.version)
	}
}

// TestUpgradeFinishesTheSource wants the cluster to be deleted that AWS says ran before, and
// never the one that runs.
func TestUpgradeFinishesTheSource(t *testing.T) {
	for source, want := range map[string]string{"flask-api-aurora-dev-old2": "flask-api-aurora-dev-old2", "flask-api-aurora-dev": "flask-api-aurora-dev-old1"} {
		a := newAurora(t)
		a.switched()
		a.source = source
		require.NoError(t, a.upgrade(t, UpgradeGoOn))
		assert.Contains(t, a.notes.String(), "What ran before is kept as "+want+",")
	}
}

// TestUpgradeFindsWhatIsDone wants what an interrupted run did, unseen, to be no error.
func TestUpgradeFindsWhatIsDone(t *testing.T) {
	a := newAurora(t)
	a.late = map[string]string{
		"CreateDBClusterParameterGroup": "DBParameterGroupAlreadyExists", "CreateBlueGreenDeployment": "BlueGreenDeploymentAlreadyExistsFault",
		"SwitchoverBlueGreenDeployment": "InvalidBlueGreenDeploymentStateFault",
	}
	require.NoError(t, a.upgrade(t, UpgradeGoOn))
	assert.Empty(t, a.late)
	for _, instance := range []string{"InvalidDBInstanceState", "DBInstanceNotFound"} {
		a = newAurora(t)
		a.switched()
		a.late = map[string]string{"DeleteDBInstance": instance, "DeleteDBCluster": "DBClusterNotFoundFault", "DeleteBlueGreenDeployment": "BlueGreenDeploymentNotFoundFault"}
		require.NoError(t, a.upgrade(t, UpgradeFinish))
		assert.Empty(t, a.late)
	}
}

// TestUpgradeSaysWhoCannotLogIn wants the question to name what tokens do not survive.
func TestUpgradeSaysWhoCannotLogIn(t *testing.T) {
	a := newAurora(t)
	a.Config.Database.Authentication = config.AuthenticationIAM
	require.NoError(t, a.upgrade(t, UpgradeGoOn))
	assert.Contains(t, a.asked[1], "Then the tasks cannot log in, by IAM, until make deploy, which is to follow at once.")
}
