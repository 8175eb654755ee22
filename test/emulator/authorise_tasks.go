package emulator

import "github.com/aws/aws-sdk-go-v2/aws"

// passesOfTask are the roles that a task gets which is run by itself: those of its
// definition, which the call does not name.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-roles.html
func (m *memory) passesOfTask(c *Call) (needed []access) {
	var request struct{ TaskDefinition string }
	c.decode(&request)
	if c.Name() != "ecs:RunTask" {
		return nil
	}
	definition, err := m.definition(request.TaskDefinition)
	if err != nil {
		return nil // The emulator complains about it.
	}
	for _, role := range []*string{definition.ExecutionRoleArn, definition.TaskRoleArn} {
		if role != nil {
			needed = append(needed, access{"iam:PassRole", aws.ToString(role), map[string]string{"iam:PassedToService": passedTo[c.Name()]}})
		}
	}
	return needed
}
