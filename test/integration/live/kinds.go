package live

import "maps"

// kinds are all types that are compared, by service.
func kinds() map[string]Kind {
	all := map[string]Kind{}
	for _, service := range []map[string]Kind{
		accessKinds(), alarmKinds(), bucketKinds(), containerKinds(), functionKinds(), jobKinds(), keyKinds(), logKinds(), queueKinds(), registryKinds(), scalingKinds(), secretKinds(),
		ofOwnVPC(networkKinds()), ofOwnVPC(routeKinds()), securityGroupKinds(), loadBalancerKinds(), databaseKinds(), cacheKinds(), firewallKinds(), domainKinds(),
	} {
		maps.Copy(all, service)
	}
	return all
}
