using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata.Stores;

/// <summary>
/// What brokers tell the controller through sequential znodes: changed ISRs and failed log directories. One that cannot be read is logged
/// and passed over, and is removed with the others.
/// </summary>
public sealed class NotificationStore(ZnodeClient znodes, ILogger<NotificationStore> logger)
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
                result.UnionWith(Read(() => IsrChangeZnode.Decode(name, present.Data)) ?? []);
            }
        }

        return result;
    }

    public Task NotifyIsrChangeAsync(IEnumerable<TopicPartition> partitions) =>
        znodes.CreateSequentialAsync(IsrChangeZnode.Path(IsrChangeZnode.SequencePrefix), IsrChangeZnode.Encode(partitions));

    public Task DeleteIsrChangesAsync(IEnumerable<string> names, int controllerEpochVersion) =>
        names.Select(name => znodes.DeleteRecursiveAsync(IsrChangeZnode.Path(name), controllerEpochVersion)).AwaitAllAsync();

    public Task<IReadOnlyList<string>> GetLogDirEventsAsync() => znodes.GetChildrenAsync(LogDirEventZnode.ParentPath);

    /// <summary>The brokers that the notifications name, together.</summary>
    public async Task<SortedSet<int>> ReadLogDirEventsAsync(IReadOnlyList<string> names)
    {
        var found = await names.Select(name => znodes.GetDataAsync(LogDirEventZnode.Path(name))).AwaitAllAsync();
        var result = new SortedSet<int>();
        foreach (var (name, data) in names.Zip(found))
        {
            if (data is { } present && Read(() => (int?)LogDirEventZnode.Decode(name, present.Data)) is { } brokerId)
            {
                result.Add(brokerId);
            }
        }

        return result;
    }

    public Task NotifyLogDirFailureAsync(int brokerId) =>
        znodes.CreateSequentialAsync(LogDirEventZnode.Path(LogDirEventZnode.SequencePrefix), LogDirEventZnode.Encode(brokerId));

    public Task DeleteLogDirEventsAsync(IEnumerable<string> names, int controllerEpochVersion) =>
        names.Select(name => znodes.DeleteRecursiveAsync(LogDirEventZnode.Path(name), controllerEpochVersion)).AwaitAllAsync();

    private T? Read<T>(Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (MalformedDataException failure)
        {
            logger.LogError("Passing over a notification: {Reason}", failure.Message);
            return default;
        }
    }
}
