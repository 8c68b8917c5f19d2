using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>
/// The whole way of a produce and of a fetch, decoder to answer, allocates nothing per record: a thousand records cost what ten of the same
/// bytes do. Two brokers do the same work step by step, so that what the simulated disk allocates is the same too.
/// </summary>
public sealed class HotPathAllocationTests
{
    private const int Rounds = 40;
    private const int ManyRecords = 1000;
    private const int FewRecords = 10;

    private static readonly byte[] Many = BatchOf([.. Enumerable.Repeat(new string('v', 20), ManyRecords)]);
    private static readonly byte[] Few = FewOfSize(Many.Length);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Producing_many_records_allocates_no_more_than_few(short acks)
    {
        AllocatedByProduce(Many, acks);
        RequireNothingPerRecord(AllocatedByProduce(Few, acks), AllocatedByProduce(Many, acks));
    }

    [Fact]
    public void Fetching_many_records_allocates_no_more_than_few()
    {
        AllocatedByFetch(Many);
        RequireNothingPerRecord(AllocatedByFetch(Few), AllocatedByFetch(Many));
    }

    [Fact]
    public void Acks_all_of_a_single_replica_leaves_nothing_in_purgatory_and_little_on_the_heap()
    {
        AllocatedByProduce(Few, -1);
        // A wait and its list, no delayed operation with its keys, completion and state machine.
        Assert.InRange((AllocatedByProduce(Few, -1) - AllocatedByProduce(Few, 1)) / Rounds, 0, 400);
    }

    /// <summary>
    /// The smallest object takes 24 bytes. What comes to less than one for each record more is not the records': pools and queues grow
    /// when they do, and the runtime compiles what is hot.
    /// </summary>
    private static void RequireNothingPerRecord(long few, long many) =>
        Assert.InRange((many - few) / (double)(Rounds * (ManyRecords - FewRecords)), -1, 1);

    private static long AllocatedByProduce(byte[] batch, short acks)
    {
        var client = ClientOfTopic();
        var request = BrokerClient.ProduceRequestOf("t", 0, acks, batch);
        client.Send(request, 8);
        client.TakeFrame();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            client.Send(request, 8);
            client.TakeFrame();
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(client.IsOpen);
        return allocated;
    }

    private static long AllocatedByFetch(byte[] batch)
    {
        var client = ClientOfTopic();
        Assert.Equal(ErrorCode.None, client.ProduceRaw("t", 0, 1, 8, batch).ErrorCode);
        var request = BrokerClient.FetchRequestOf("t", 0, 0);
        client.Send(request, 11);
        Assert.Equal(batch.Length, client.Answer<FetchResponse>(11)!.Responses[0].Partitions[0].Records.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            client.Send(request, 11);
            client.TakeFrame();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static BrokerClient ClientOfTopic()
    {
        var client = new InProcessBroker().Connect();
        client.CreateTopic("t");
        return client;
    }

    /// <summary>Ten records whose batch takes exactly <paramref name="size"/> bytes.</summary>
    private static byte[] FewOfSize(int size)
    {
        var length = size / FewRecords;
        for (var last = 1; last < size; last++)
        {
            string[] values = [.. Enumerable.Repeat(new string('v', length - 12), FewRecords - 1), new string('v', last)];
            var missing = size - BatchOf(values).Length;
            if (missing == 0)
            {
                return BatchOf(values);
            }

            last = missing > 100 ? last + missing - 20 : last;
        }

        throw new InvalidOperationException($"No batch of {FewRecords} records takes {size} bytes.");
    }

    private static byte[] BatchOf(string[] values)
    {
        using var builder = new RecordBatchBuilder();
        foreach (var value in values)
        {
            builder.Append(1_000, null, Encoding.UTF8.GetBytes(value));
        }

        return builder.Build().ToArray();
    }
}
