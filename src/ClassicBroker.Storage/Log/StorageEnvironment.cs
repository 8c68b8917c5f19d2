using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>Everything outside that logs stand on.</summary>
public sealed record StorageEnvironment
{
    public required IFileSystem Files { get; init; }

    /// <summary>Where files are synced, deleted and looked after, so that no network loop waits for a disk longer than a write.</summary>
    public required IEventLoop Housekeeping { get; init; }

    public required TimeProvider Time { get; init; }

    public required IRandomSource Random { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    /// <summary><c>producer.id.expiration.ms</c>, asked each time: it may change while logs are open.</summary>
    public Func<long> ProducerIdExpirationMs { get; init; } = static () => 24 * 3600 * 1000L;
}
