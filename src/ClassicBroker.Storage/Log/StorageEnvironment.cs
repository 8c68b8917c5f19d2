using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>Everything outside that logs stand on.</summary>
public sealed record StorageEnvironment
{
    public required IFileSystem Files { get; init; }

    /// <summary>Where delays and intervals run off. Nothing that touches a disk runs there.</summary>
    public required IEventLoop Timers { get; init; }

    /// <summary>Where files are synced, deleted and looked after, so that neither a timer nor a network loop waits for a disk.</summary>
    public required IExecutor DiskWork { get; init; }

    public required TimeProvider Time { get; init; }

    public required IRandomSource Random { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    /// <summary>
    /// How many log files may be open that have nothing to sync. Those that have come on top: one for each log that is written to.
    /// </summary>
    public int OpenSegmentsMax
    {
        init => OpenSegments = new(value, keepsUnsynced: true);
    }

    internal OpenFileCache OpenSegments { get; private init; } = new(8192, keepsUnsynced: true);

    /// <summary>
    /// Index files are read by position, a block at a time, and their newest entries are in memory: few need be open at a time. What is
    /// lost of one is made again from the log.
    /// </summary>
    internal OpenFileCache OpenIndexes { get; } = new(256, keepsUnsynced: false);

    /// <summary>Told, as disk work, when a directory has gone offline, with the partitions whose logs are gone.</summary>
    public Action<LogDirectory, IReadOnlyList<TopicPartition>>? DirectoryFailed { get; init; }

    /// <summary>
    /// Told, as disk work, when the last directory has gone offline after the logs had been opened: the broker has nothing left to serve.
    /// </summary>
    public Action? AllDirectoriesFailed { get; init; }

    /// <summary>
    /// Are records that may not be on the disk written once more where a log was not closed in order? With <c>durability=fsync</c>: what a
    /// sync that failed left in memory would count as durable once the process is started again.
    /// </summary>
    public bool WritesAgainAfterCrash { get; init; }

    /// <summary>Shows how far the loading of logs has come.</summary>
    public LogLoading Loading { get; init; } = new();

    /// <summary>Told how long each sync of a log took.</summary>
    public Action<TimeSpan>? Flushed { get; init; }

    /// <summary><c>producer.id.expiration.ms</c>, asked each time: it may change while logs are open.</summary>
    public Func<long> ProducerIdExpirationMs { get; init; } = static () => 24 * 3600 * 1000L;

    /// <summary>Does <paramref name="work"/> as disk work once <paramref name="delay"/> has passed.</summary>
    internal IScheduledWork ScheduleDiskWork(Action work, TimeSpan delay) => Timers.Schedule(() => DiskWork.Execute(work), delay);
}
