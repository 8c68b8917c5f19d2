using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Storage;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Parts;

/// <summary>
/// What every part of a broker stands on, there before the first of them starts. Immutable but for its state; any thread.
/// </summary>
internal sealed class BrokerCore
{
    /// <summary>What a stop grants to anything that may hang on a ZooKeeper that is away.</summary>
    public static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly BackgroundWork _lateSteps;
    private int _state = (int)BrokerState.Starting;

    /// <exception cref="ConfigException">The properties are wrong.</exception>
    public BrokerCore(IReadOnlyDictionary<string, string> properties, KafkaServerEnvironment environment)
    {
        Environment = environment;
        Meters = environment.Meters ?? new MeterScope(environment.Time);
        Trace = new ServerTrace(environment.Loggers);
        Stats = new BrokerTopicStats(Metadata, Meters);
        _lateSteps = new BackgroundWork("late-shutdown-step", environment.SchedulerLoop, failure => failure is ZooKeeperException);
        Config = new DynamicBrokerConfig(
            properties, environment.CanonicalHostName, environment.Loggers.CreateLogger<DynamicBrokerConfig>());
    }

    public KafkaServerEnvironment Environment { get; }

    public DynamicBrokerConfig Config { get; }

    public MetadataCache Metadata { get; } = new();

    public BrokerTopicStats Stats { get; }

    /// <summary>Where the parts show what they count.</summary>
    public MeterScope Meters { get; }

    /// <summary>How far the logs are loaded.</summary>
    public LogLoading Loading { get; } = new();

    /// <summary>How far its leaderships have moved away before it stops.</summary>
    public ShutdownProgress ShutdownProgress { get; } = new();

    /// <summary>Where the broker is in its life, as its parts say one after the other.</summary>
    public BrokerState State
    {
        get => (BrokerState)Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, (int)value);
    }

    public ServerTrace Trace { get; }

    /// <summary>The name of the listener that the controller reaches brokers on.</summary>
    public string ControllerListener => Config.Current.Listeners.ControlPlane ?? Config.Current.Listeners.InterBroker;

    public ILogger<T> Logger<T>() => Environment.Loggers.CreateLogger<T>();

    /// <summary>Waits for a step of the stop, and goes on without it, saying so, where it takes too long.</summary>
    public async Task WithinAsync(Task step, TimeSpan patience)
    {
        if (await Environment.SchedulerLoop.EndsWithinAsync(step, patience, _lateSteps))
        {
            await step;
        }
        else
        {
            Trace.Impatient(patience.TotalMilliseconds);
        }
    }
}
