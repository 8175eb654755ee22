package operate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	balancer "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"flask-api/config"
)

// WebService is what AWS says of a service beside the API.
type WebService struct {
	Process
	Targets []balancer.TargetHealthDescription
}

// webService is the place in the configuration of the service of that name.
func (p *Platform) webService(name string) (int, error) {
	var names []string
	for i, w := range p.Config.Services {
		if w.Name == name {
			return i, nil
		}
		names = append(names, w.Name)
	}
	if len(names) == 0 {
		return 0, fmt.Errorf("SERVICE=%s: %s has the API alone; Config.Services is empty", name, p.Config.StackName())
	}
	return 0, fmt.Errorf("SERVICE=%s: %s has no such service; it has %s, and without SERVICE it is the API", name, p.Config.StackName(), strings.Join(names, ", "))
}

// lookAtServices finds the configured services. One that is not there is in no state.
func (p *Platform) lookAtServices(ctx context.Context, s *State) error {
	for _, settings := range p.Config.Services {
		process, err := p.process(ctx, settings.Name, settings.Resource())
		if err != nil {
			return err
		}
		if process == nil {
			continue
		}
		targets, err := p.targets(ctx, process.Service)
		if err != nil {
			return err
		}
		s.Services = append(s.Services, WebService{*process, targets})
	}
	return nil
}

// problems are what people have to look at.
func (w WebService) problems() []string {
	return append([]string{w.failure(), w.lacking()}, targetProblems(w.Service, w.Targets, w.going())...)
}

// services says of each how far it is, and what it runs.
func (s State) services() (lines []string) {
	for _, w := range s.Services {
		lines = append(lines, w.line()+", targets: "+targetStates(w.Targets), w.Name+": "+w.Image)
	}
	return lines
}

// serviceDifferences are what the configuration says otherwise of the services.
func (s State) serviceDifferences(env config.Config) (differences []string) {
	for i, settings := range env.Services {
		at := slices.IndexFunc(s.Services, func(w WebService) bool { return w.Name == settings.Name })
		if at < 0 {
			differences = append(differences, absent("service", settings.Name))
			continue
		}
		tag, desired := tagOf(s.Services[at].Image), int(s.Services[at].Service.DesiredCount)
		if env.Deployment.Images == config.ImagesTerraform && settings.ImageTag != "" && settings.ImageTag != tag {
			differences = append(differences, fmt.Sprintf("%s is %s in the configuration, and %s in AWS", imageOfService(i, settings).field, settings.ImageTag, tag))
		}
		if desired < settings.MinTasks || desired > settings.MaxTasks {
			differences = append(differences, fmt.Sprintf("the service %s has %d to %d tasks in the configuration, and %d in AWS", settings.Name, settings.MinTasks, settings.MaxTasks, desired))
		}
	}
	return differences
}

// setting is where the image of a service is named: in the configuration, or in a variable.
type setting struct{ field, variable string }

// apiImage is where that of the API and its workers is.
var apiImage = setting{"Registry.ImageTag", "IMAGE_TAG"}

// imageOfService is where that of the service with the index is.
func imageOfService(i int, w config.WebService) setting {
	return setting{fmt.Sprintf("Services[%d].ImageTag", i), w.ImageTagVariable()}
}
