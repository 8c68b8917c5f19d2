using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Stores;

/// <summary>What brokers tell the controller through sequential znodes: changed ISRs and failed log directories.</summary>
public sealed class NotificationStore(ZnodeClient znodes)
{
    public Task<IReadOnlyList<string>> GetIsrChangesAsync() => znodes.GetChildrenAsync(IsrChangeZnode.ParentPath);

    /// <summary>The partitions that the notifications name, together.</summary>
    public async Task<SortedSet<TopicPartition>> ReadIsrChangesAsync(IReadOnlyList<string> names)
    {
        var found = await names.Select(name => znodes.GetDataAsync(IsrChangeZnode.Path(name))).AwaitAllAsync();
        var result = new SortedSet<TopicPartition>();
        foreach (var (name, data) in names.Zip(found))
        {
            if (data is { } present)
            {
                result.UnionWith(IsrChangeZnode.Decode(name, present.Data));
            }
        }

        return result;
    }

    public Task NotifyIsrChangeAsync(IEnumerable<TopicPartition> partitions) =>
        znodes.CreateSequentialAsync(IsrChangeZnode.Path(IsrChangeZnode.SequencePrefix), IsrChangeZnode.Encode(partitions));

    public Task DeleteIsrChangesAsync(IEnumerable<string> names, int controllerEpochVersion) =>
        names.Select(name => znodes.DeleteAsync(IsrChangeZnode.Path(name), controllerEpochVersion)).AwaitAllAsync();

    public Task<IReadOnlyList<string>> GetLogDirEventsAsync() => znodes.GetChildrenAsync(LogDirEventZnode.ParentPath);

    /// <summary>The brokers that the notifications name, together.</summary>
    public async Task<SortedSet<int>> ReadLogDirEventsAsync(IReadOnlyList<string> names)
    {
        var found = await names.Select(name => znodes.GetDataAsync(LogDirEventZnode.Path(name))).AwaitAllAsync();
        return [.. names.Zip(found).Where(pair => pair.Second is not null).Select(
            pair => LogDirEventZnode.Decode(pair.First, pair.Second!.Value.Data))];
    }

    public Task NotifyLogDirFailureAsync(int brokerId) =>
        znodes.CreateSequentialAsync(LogDirEventZnode.Path(LogDirEventZnode.SequencePrefix), LogDirEventZnode.Encode(brokerId));

    public Task DeleteLogDirEventsAsync(IEnumerable<string> names, int controllerEpochVersion) =>
        names.Select(name => znodes.DeleteAsync(LogDirEventZnode.Path(name), controllerEpochVersion)).AwaitAllAsync();
}
