package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secretsRules are what Secrets Manager does, and what others do with what it keeps.
var secretsRules = slices.Concat([]Rule{
	{
		Name:   "labels-move-alone",
		Says:   "a label that moves to a new version of a secret leaves all other labels where they are",
		Source: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html",
		calls:  []string{"secretsmanager:PutSecretValue"},
		step:   repair{request: withWaitingStages, response: (*memory).moveStages},
	},
	{
		Name:   "current-by-label",
		Says:   "the value of a secret is that of the version with the label AWSCURRENT, also after the label was moved",
		Source: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html",
		calls:  []string{"secretsmanager:GetSecretValue"},
		step:   repair{request: currentByLabel},
	},
	{
		Name:   "current-stays",
		Says:   "AWSCURRENT is moved to another version, and never taken away",
		Source: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html",
		calls:  []string{"secretsmanager:UpdateSecretVersionStage"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			var request struct{ VersionStage, MoveToVersionID string }
			if c.decode(&request); request.VersionStage != currentStage || request.MoveToVersionID != "" {
				return nil
			}
			return refusal(c, "InvalidParameterException", "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.")
		}},
	},
}, passwordRules, taskRules)

const (
	currentStage = "AWSCURRENT"
	// waiting precedes a label that a version is to get. moto takes it for one.
	waiting = "WAITING-"
)

// withWaitingStages keeps moto from moving the labels by itself: it takes all others from
// the version that it believes to be current.
func withWaitingStages(m *memory, c *Call) []byte {
	request := map[string]any{"VersionStages": []any{currentStage}}
	c.decode(&request)
	if id, _ := request["SecretId"].(string); len(m.stages(id)) == 0 {
		return c.Body // The first version of all gets AWSCURRENT in addition, as moto knows.
	}
	stages := request["VersionStages"].([]any)
	for i := range stages {
		stages[i] = fmt.Sprint(waiting, stages[i])
	}
	return mustJSON(request)
}

// moveStages moves the labels that wait for the new version.
func (m *memory) moveStages(_ *Call, body []byte) []byte {
	var answer struct{ ARN, VersionID string }
	_ = json.Unmarshal(body, &answer) // An answer without a version has no label that waits.
	for _, stage := range m.stages(answer.ARN)[answer.VersionID] {
		if wanted, ok := strings.CutPrefix(stage, waiting); ok {
			m.moveStage(answer.ARN, stage, "")
			m.moveStage(answer.ARN, wanted, answer.VersionID)
		}
	}
	return bytes.ReplaceAll(body, []byte(waiting), nil)
}

// moveStage moves a label from the version that has it to another one, or to none.
func (m *memory) moveStage(id, stage, to string) {
	input := &secretsmanager.UpdateSecretVersionStageInput{SecretId: &id, VersionStage: &stage}
	for version, stages := range m.stages(id) {
		if slices.Contains(stages, stage) {
			input.RemoveFromVersionId = aws.String(version)
		}
	}
	if to != "" {
		input.MoveToVersionId = &to
	}
	// moto refuses only what the secret does not have, and then there is nothing to move.
	_, _ = secretsmanager.NewFromConfig(m.account).UpdateSecretVersionStage(background, input)
}

// stages are the labels of each version of the secret.
func (m *memory) stages(id string) map[string][]string {
	found, err := secretsmanager.NewFromConfig(m.account).DescribeSecret(background, &secretsmanager.DescribeSecretInput{SecretId: &id})
	if err != nil {
		return nil
	}
	return found.VersionIdsToStages
}

// currentByLabel asks for the label where a call names neither a label nor a version.
func currentByLabel(_ *memory, c *Call) []byte {
	var request map[string]any
	c.decode(&request)
	if request["VersionId"] == nil && request["VersionStage"] == nil && request != nil {
		request["VersionStage"] = currentStage
		return mustJSON(request)
	}
	return c.Body
}
