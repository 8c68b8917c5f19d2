using ClassicBroker.Client;

namespace WebWithTraces;

/// <summary>The work on one order, within the trace of the request that brought it.</summary>
internal sealed class OrderHandler(ILogger<OrderHandler> logger) : IRecordHandler<string, string>
{
    public ValueTask HandleAsync(ConsumerRecord<string, string> record, CancellationToken cancellation)
    {
        logger.LogInformation("Order {Number} is {State}", record.Key, record.Value);
        return ValueTask.CompletedTask;
    }
}
