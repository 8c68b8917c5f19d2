using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller;

/// <summary>What a controller is built from; the same for all its tenures.</summary>
/// <param name="Config">The broker's configuration, as far as it concerns the controller.</param>
/// <param name="Store">ZooKeeper.</param>
/// <param name="Loop">The controller's loop.</param>
/// <param name="Links">Connections to brokers.</param>
/// <param name="Random">For topic ids.</param>
/// <param name="ControllerLog">Kafka's <c>kafka.controller.KafkaController</c>.</param>
/// <param name="StateChangeLog">Kafka's <c>state.change.logger</c>.</param>
public sealed record ControllerServices(
    ControllerConfig Config,
    MetadataStore Store,
    IEventLoop Loop,
    IBrokerLinkFactory Links,
    IRandomSource Random,
    ILogger ControllerLog,
    ILogger StateChangeLog)
{
    /// <summary>What is counted of the controller.</summary>
    public required ControllerMetrics Metrics { get; init; }

    /// <summary>Names the loggers as Kafka does, so that its logging configurations apply.</summary>
    public static ControllerServices Create(
        ControllerConfig config,
        MetadataStore store,
        IEventLoop loop,
        IBrokerLinkFactory links,
        IRandomSource random,
        ILoggerFactory loggers,
        ControllerMetrics metrics) =>
        new(
            config,
            store,
            loop,
            links,
            random,
            loggers.CreateLogger("kafka.controller.KafkaController"),
            loggers.CreateLogger("state.change.logger"))
        {
            Metrics = metrics,
        };
}
