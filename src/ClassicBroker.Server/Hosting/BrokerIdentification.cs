using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Finds out who this broker is: the cluster's id, its own id from the configuration, the data directories or ZooKeeper's counter, and
/// whether the data directories belong to both. Used once, at start.
/// </summary>
internal static class BrokerIdentification
{
    public static async Task<BrokerIdentity> IdentifyAsync(
        MetadataStore store, KafkaConfig config, KafkaServerEnvironment environment, ServerTrace trace)
    {
        var clusterId = await store.Cluster.GetOrCreateClusterIdAsync();
        trace.ClusterId(clusterId);
        var found = MetaPropertiesEnsemble.Load(environment.Files, [.. config.LogDirs.Select(Path.GetFullPath)]);
        var brokerId = config.BrokerId >= 0 ? new BrokerId(config.BrokerId)
            : found.BrokerId ?? new BrokerId(await store.Cluster.GenerateBrokerIdAsync(config.ReservedBrokerMaxId));
        found.Verify(brokerId, clusterId);
        found.WriteMissing(
            brokerId,
            clusterId,
            environment.Time.GetUtcNow(),
            (directory, failure) => trace.DirectoryRefused(directory, failure.Message));
        return new BrokerIdentity(brokerId, clusterId);
    }
}
