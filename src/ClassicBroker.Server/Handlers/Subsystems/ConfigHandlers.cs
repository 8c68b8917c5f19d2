using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Parts;
using ClassicBroker.Server.Quotas;
using ClassicBroker.Server.Security;

namespace ClassicBroker.Server.Handlers.Subsystems;

/// <summary>Makes the handlers of configurations, quotas, SCRAM users and ACLs. Used once, at start.</summary>
internal static class ConfigHandlers
{
    public static IEnumerable<IRequestHandler> Make(
        BrokerCore core, ClusterPart cluster, ConfigurationPart configuration, ControlPart control, AuthorizationPart authorization)
    {
        var store = cluster.Store.Configs;
        var loggers = new LoggerConfigs(core.Environment.LoggerLevels);
        var alterations = new ConfigAlterations(
            store, core.Metadata, core.Config, configuration.Passwords, loggers, cluster.Identity);
        var quotas = new ClientQuotas(store, core.Environment.Resolver);
        var users = new ScramUsers(store);
        return
        [
            new DescribeConfigsHandler(new ConfigDescriptions(core.Config), loggers, store, core.Metadata, cluster.Identity),
            new AlterConfigsHandler(alterations),
            new IncrementalAlterConfigsHandler(alterations),
            new DescribeClientQuotasHandler(quotas),
            new AlterClientQuotasHandler(quotas),
            new DescribeUserScramCredentialsHandler(users),
            new AlterUserScramCredentialsHandler(control.Gateway, users),
            new DescribeAclsHandler(authorization.Acls),
            new CreateAclsHandler(authorization.Acls),
            new DeleteAclsHandler(authorization.Acls),
        ];
    }
}
