package constructs

import (
	"fmt"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"

	"flask-api/config"
)

// WebServiceProps configures a [WebService].
type WebServiceProps struct {
	Env Env
	// Config is the environment's, whose service Settings is one of.
	Config   config.Config
	Settings config.WebService
	// API is next to which the service runs.
	API *Service
	// Registry has the service's images, LoadBalancer sends its requests.
	Registry     *Registry
	LoadBalancer *LoadBalancer
	Networking   *Networking
}

// WebService is a service beside the API, behind the same load balancer.
type WebService struct {
	*Service
	// Settings give its name, its requests and its range of tasks.
	Settings config.WebService
	// Registry has its images.
	Registry *Registry

	id string
}

// NewWebService creates the service `<name>-service-<service>-<suffix>`, with a target group,
// a rule, a security group and roles of its own. What it uses is granted to it afterwards.
func NewWebService(scope constructs.Construct, props WebServiceProps) *WebService {
	env, settings, api := props.Env, props.Settings, props.API
	w := &WebService{Settings: settings, Registry: props.Registry, id: ownID("service", settings.Name)}
	name, process := settings.Resource(), props.Config.ServiceOf(settings)
	of := "the service " + settings.Name + " of the " + env.API()
	w.Service = NewService(scope, w.id, ServiceProps{
		Env: env, Settings: process, Images: api.images, DesiredTasks: settings.MinTasks,
		Name: name, TaskName: name, ContainerName: name, Image: props.Registry.Image(settings.ContainerPort, api.images),
		Cluster: api.Cluster, Networking: props.Networking, LogGroup: api.LogGroup,
		Targets: props.LoadBalancer.Route(w.id, settings, props.Config.TargetsOf(settings)),
		SecurityGroup: NewSecurityGroup(scope, w.id+"_sg", SecurityGroupProps{
			Env: env, Networking: props.Networking, Name: name + "-sg", Members: "the tasks of the service " + settings.Name, Ports: []int{settings.ContainerPort},
		}),
		ExecutionRole: NewRole(scope, w.id+"_execution_role", RoleProps{
			Env: env, Service: tasksService, Name: settings.ExecutionRoleName(), Description: "Starts the tasks of " + of,
		}),
		TaskRole: NewRole(scope, w.id+"_role", RoleProps{
			Env: env, Service: tasksService, Name: settings.RoleName(), Description: "What " + of + " may do",
		}),
	})
	w.labelCommand(settings.Command)
	w.WaitFor(w.AllowFrom(props.LoadBalancer)...)
	props.Registry.GrantPull(w.ExecutionRole)
	api.LogGroup.GrantWrite(w.ExecutionRole)
	AddSecrets(w.Service, process)
	AddVariables(w.Service, process.Environment)
	w.Permit(process.Permissions)
	NewAutoscaling(scope, w.id+"_autoscaling", AutoscalingProps{
		Env: env, Service: w.Service, Prefix: name + "-", Settings: props.Config.Scaling.Of(settings.MinTasks, settings.MaxTasks),
	})
	return w
}

// addServices adds the services of the configuration. The login is what lets one connect to
// the database.
func (s *Stack) addServices(cfg config.Config, api *Service, loadBalancer *LoadBalancer, networking *Networking, key *EncryptionKey, login func(*Service)) {
	for i, settings := range cfg.Services {
		images := cfg.Registry
		images.ImageTag = settings.ImageTag
		web := NewWebService(s, WebServiceProps{
			Env: s.Env, Config: cfg, Settings: settings, API: api, LoadBalancer: loadBalancer, Networking: networking,
			Registry: NewRegistry(s, ownID("service", settings.Name)+"_registry", RegistryProps{
				Env: s.Env, Name: settings.RepositoryName(), Settings: images, Key: key,
				Field: fmt.Sprintf("Services[%d].ImageTag", i), Variable: settings.ImageTagVariable(),
			}),
		})
		if settings.Database {
			login(web.Service)
		}
		if settings.Cache && s.Cache != nil {
			s.Cache.GrantConnect(web.Service)
		}
		for _, queue := range s.Queues {
			if slices.Contains(settings.Queues, queue.Settings.Name) {
				queue.GrantSend(web.Service)
			}
		}
		for _, bucket := range s.Buckets {
			if slices.Contains(settings.Buckets, bucket.Settings.Name) {
				bucket.GrantReadWrite(web.Service)
			}
		}
		for _, called := range web.Calls { // An endpoint is for all services.
			api.Call(called)
		}
		s.output(ownID("ecr_repository_uri", settings.Name), web.Registry.Repository.RepositoryUrl(), "URI of the ECR repository to push images of the service "+settings.Name+" to.")
		s.Services = append(s.Services, web)
	}
}

// usingDatabase are the services that connect to the database.
func (s *Stack) usingDatabase() (services []*Service) {
	for _, web := range s.Services {
		if web.Settings.Database {
			services = append(services, web.Service)
		}
	}
	return services
}

// registries are those of the API and of all services.
func (s *Stack) registries(api *Registry) []*Registry {
	all := []*Registry{api}
	for _, web := range s.Services {
		all = append(all, web.Registry)
	}
	return all
}

// WatchWebService adds the alarms of a service: those of its requests, some of which roll its
// deployments back, and those of its tasks.
func (a *Alarms) WatchWebService(w *WebService) {
	who := "The service " + w.Settings.Name
	errors := a.watchErrors(w.id+"_", who, w.Targets.metric, w.Service)
	unhealthy := a.watchHealth(w.id+"_", w.Service)
	a.watchLatency(w.id+"_", w.Targets.metric)
	w.RollBackOn(errors, unhealthy)
	a.watchUse(w.id, "the MaxTasks of the service "+w.Settings.Name, w.Service)
	a.watchTasks(w.id+"_running_tasks", w.Settings.MinTasks, w.Service)
}

// services shows of each what its clients see, how many tasks there are, and what they use.
func (d *dashboard) services(services []*WebService, settings config.Alarms) {
	for _, w := range services {
		name := "Service " + w.Settings.Name
		d.row(
			graph(name+": requests", []line{{w.Targets.metric("RequestCount"), "Sum", "all"}, {w.Targets.metric("HTTPCode_Target_5XX_Count"), "Sum", "5xx"}}),
			graph(name+": time to answer in seconds", []line{{w.Targets.metric("TargetResponseTime"), "p95", "p95"}}, annotation{"alarm", settings.LatencySeconds}),
			w.tasksGraph(name+": tasks", w.Settings.MinTasks, w.Settings.MaxTasks),
		)
	}
}
