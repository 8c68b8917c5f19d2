namespace ClassicBroker.Server.Handlers;

/// <summary>
/// What a client may do with a resource, as the bit fields of Metadata and DescribeCluster (KIP-430). Without an authorizer everybody may
/// do all that the type of resource knows.
/// </summary>
public static class AuthorizedOperations
{
    /// <summary>The answer to a client that did not ask.</summary>
    public const int NotAsked = int.MinValue;

    /// <summary>Read, Write, Create, Delete, Alter, Describe, DescribeConfigs and AlterConfigs.</summary>
    public const int OfTopic = 3576;

    /// <summary>Create, Alter, Describe, ClusterAction, DescribeConfigs, AlterConfigs and IdempotentWrite.</summary>
    public const int OfCluster = 8096;
}
