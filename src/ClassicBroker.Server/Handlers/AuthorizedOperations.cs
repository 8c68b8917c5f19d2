using ClassicBroker.Primitives.Acls;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// What a client may do with a resource, as the bit fields of Metadata, DescribeCluster and DescribeGroups (KIP-430): of the operations the
/// type of resource knows those that are permitted. Stateless.
/// </summary>
public static class AuthorizedOperations
{
    /// <summary>The answer to a client that did not ask.</summary>
    public const int NotAsked = int.MinValue;

    private static readonly AclOperation[] TopicOperations =
    [
        AclOperation.Read, AclOperation.Write, AclOperation.Create, AclOperation.Delete, AclOperation.Alter, AclOperation.Describe,
        AclOperation.DescribeConfigs, AclOperation.AlterConfigs,
    ];

    private static readonly AclOperation[] GroupOperations = [AclOperation.Read, AclOperation.Delete, AclOperation.Describe];

    private static readonly AclOperation[] ClusterOperations =
    [
        AclOperation.Create, AclOperation.Alter, AclOperation.Describe, AclOperation.ClusterAction, AclOperation.DescribeConfigs,
        AclOperation.AlterConfigs, AclOperation.IdempotentWrite,
    ];

    public static int OfTopic(RequestContext context, string topic) => Of(context, TopicOperations, AclResourceType.Topic, topic);

    public static int OfGroup(RequestContext context, string group) => Of(context, GroupOperations, AclResourceType.Group, group);

    /// <summary>Nothing for a client that may not describe the cluster.</summary>
    public static int OfCluster(RequestContext context) =>
        context.IsPermitted(AclOperation.Describe, AclResourceType.Cluster, AclResource.ClusterName)
            ? Of(context, ClusterOperations, AclResourceType.Cluster, AclResource.ClusterName)
            : 0;

    private static int Of(RequestContext context, AclOperation[] operations, AclResourceType type, string name)
    {
        var bits = 0;
        foreach (var operation in operations)
        {
            if (context.IsPermitted(operation, type, name))
            {
                bits |= 1 << (int)operation;
            }
        }

        return bits;
    }
}
