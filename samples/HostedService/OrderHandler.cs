using ClassicBroker.Client;

namespace HostedService;

/// <summary>The work on one order.</summary>
internal sealed class OrderHandler : IRecordHandler<string, Order?>
{
    public ValueTask HandleAsync(ConsumerRecord<string, Order?> record, CancellationToken cancellation)
    {
        if (record.Value is not { } order)
        {
            // A tombstone: the order was deleted.
            return ValueTask.CompletedTask;
        }

        if (order.Amount < 0)
        {
            Console.WriteLine($"order {order.Number} of {record.Topic} fails");
            throw new InvalidOperationException("An amount is not negative");
        }

        Console.WriteLine($"order {order.Number} of {record.Topic} is billed");
        return ValueTask.CompletedTask;
    }
}
