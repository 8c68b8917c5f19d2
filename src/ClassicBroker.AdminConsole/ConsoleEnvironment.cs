using ClassicBroker.Client;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole;

/// <summary>What the console stands on, given by the executable that hosts it. Immutable.</summary>
public sealed record ConsoleEnvironment
{
    /// <summary>How it connects to the brokers, by the Java clients' names; <c>bootstrap.servers</c> among them.</summary>
    public required IReadOnlyDictionary<string, string> ClientProperties { get; init; }

    /// <summary>The network of its clients; ended by its maker, after the console.</summary>
    public required ClientNetwork Network { get; init; }

    /// <summary>The session with ZooKeeper through which znodes are read; null where there is none, or none yet.</summary>
    public Func<IZooKeeper?>? ZooKeeper { get; init; }

    /// <summary>The metrics of the broker that hosts the console; null where none does.</summary>
    public MeterScope? BrokerMetrics { get; init; }

    /// <summary>Whether brokers can be expected to answer: not while the one that hosts the console still starts.</summary>
    public Func<bool> IsServing { get; init; } = () => true;

    /// <summary>Where it logs.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}
