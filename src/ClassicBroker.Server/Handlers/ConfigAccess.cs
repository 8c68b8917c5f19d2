using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Handlers;

/// <summary>What keeps a client from altering configs, as AlterConfigs and IncrementalAlterConfigs tell it. Stateless.</summary>
internal static class ConfigAccess
{
    /// <summary>A type that has no configs here spoils the whole request; null where all are known.</summary>
    public static AdminRefusal? FaultOfAll(IEnumerable<(sbyte Type, string Name)> resources)
    {
        foreach (var (type, name) in resources)
        {
            if (type is not (ConfigAlterations.TopicResource or ConfigAlterations.BrokerResource or ConfigAlterations.LoggerResource))
            {
                return new(ErrorCode.InvalidRequest, $"Unexpected resource type {ConfigAlterations.TypeName(type)} for resource {name}");
            }
        }

        return null;
    }

    /// <summary>Null where the client may alter the resource.</summary>
    public static AdminRefusal? Refusal(RequestContext context, AccessRule ofTopic, AccessRule ofCluster, sbyte type, string name) =>
        type == ConfigAlterations.TopicResource
            ? context.Allows(ofTopic, name) ? null : new(ofTopic.Refusal, null)
            : context.Allows(ofCluster) ? null : new(ofCluster.Refusal, null);
}
