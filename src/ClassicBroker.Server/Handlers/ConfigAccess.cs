using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Handlers;

/// <summary>What keeps a client from altering configs, as AlterConfigs and IncrementalAlterConfigs tell it. Stateless.</summary>
internal static class ConfigAccess
{
    /// <summary>Null where the client may alter the resource.</summary>
    public static AdminRefusal? Refusal(RequestContext context, AccessRule ofTopic, AccessRule ofCluster, sbyte type, string name)
    {
        var isAllowed = type == ConfigAlterations.TopicResource ? context.Allows(ofTopic, name) : context.Allows(ofCluster);
        return type switch
        {
            ConfigAlterations.TopicResource => isAllowed ? null : new(ofTopic.Refusal, null),
            ConfigAlterations.BrokerResource or ConfigAlterations.LoggerResource => isAllowed ? null : new(ofCluster.Refusal, null),
            ConfigAlterations.ClientMetricsResource when isAllowed => null,

            // Of a type without configs Kafka says so for all resources of the request; here it costs the others nothing.
            _ => new(ErrorCode.InvalidRequest, $"Unexpected resource type {ConfigAlterations.TypeName(type)} for resource {name}"),
        };
    }
}
