using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Rpc.Tests;

/// <summary>Records of a request are the receive buffer; a handler that awaits asks to keep it.</summary>
public sealed class FrameLeaseTests
{
    private readonly TaskCompletionSource _verified = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public void Records_of_a_frame_that_is_kept_are_the_same_after_the_await()
    {
        var records = new byte[5000];
        new Random(3).NextBytes(records);
        byte[]? seen = null;
        using var broker = new BrokerEnd(new StubHandler<ProduceRequest, ProduceResponse>(async (request, context) =>
        {
            using var lease = context.KeepFrame();
            await _verified.Task;
            seen ??= request.TopicData[0].PartitionData[0].Records.Memory.ToArray();
            return new ProduceResponse();
        }));
        broker.Send(Produce(records), 7, 1);
        broker.Send(Produce(new byte[5000]), 7, 2);
        Assert.NotEqual(0, broker.Channel.BuffersOut);
        broker.Channel.Run(_verified.SetResult);

        Assert.Equal([1, 2], broker.TakeAnswered());
        Assert.Equal(records, seen);
        Assert.Equal(0, broker.Channel.BuffersOut);
    }

    [Fact]
    public void A_frame_is_not_to_be_had_after_the_first_await()
    {
        Exception? refused = null;
        using var broker = new BrokerEnd(new StubHandler<ProduceRequest, ProduceResponse>(async (_, context) =>
        {
            await _verified.Task;
            refused = Record.Exception(() => context.KeepFrame());
            return new ProduceResponse();
        }));
        broker.Send(Produce(new byte[10]), 7, 1);
        broker.Channel.Run(_verified.SetResult);

        Assert.IsType<InvalidOperationException>(refused);
    }

    [Fact]
    public void A_lease_that_is_not_given_back_is_missed_when_the_connection_has_ended()
    {
        FrameLease? forgotten = null;
        var broker = new BrokerEnd(new StubHandler<ProduceRequest, ProduceResponse>((_, context) =>
        {
            forgotten = context.KeepFrame();
            return new(new ProduceResponse());
        }));
        broker.Send(Produce(new byte[10]), 7, 1);

        Assert.Throws<Xunit.Sdk.EqualException>(broker.Dispose);
        forgotten!.Dispose();
        forgotten.Dispose();
        Assert.Equal(0, broker.Channel.BuffersOut);
    }

    private static ProduceRequest Produce(byte[] records) => new()
    {
        Acks = 1,
        TopicData = [new() { Name = "t", PartitionData = [new() { Records = records }] }],
    };
}
