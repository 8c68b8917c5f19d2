using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.ZooKeeper;

/// <summary>What a broker says and serves while ZooKeeper is away, and when it is back.</summary>
public sealed class ZooKeeperOutageTests
{
    private readonly InProcessBroker _broker = new();

    [Fact]
    public void A_lost_connection_is_a_warning_that_says_what_it_means_and_its_return_is_told()
    {
        var client = _broker.Connect();
        client.CreateTopic("t");
        _broker.Log.Lines.Clear();
        _broker.Session!.Disconnect();
        _broker.Time.AdvanceMs(1500);
        var warning = Assert.Single(_broker.Log.Lines, line => line.StartsWith("Warning: The connection to ZooKeeper is lost", StringComparison.Ordinal));
        Assert.Contains("18000 ms", warning);
        Assert.Equal(ErrorCode.None, client.Produce("t", 0, 1, "served on").ErrorCode);
        _broker.Session.Reconnect();
        _broker.Time.RunUntilIdle();
        Assert.Contains(
            _broker.Log.Lines, line => line.StartsWith("Information: The connection to ZooKeeper is back after 1500 ms", StringComparison.Ordinal));
    }

    [Fact]
    public void A_block_of_producer_ids_that_is_refused_is_told()
    {
        _broker.ZooKeeper.Put("/latest_producer_id_block", "garbage");
        var refused = _broker.Connect().Ask<InitProducerIdRequest, InitProducerIdResponse>(
            new() { TransactionalId = null, TransactionTimeoutMs = 1 }, 1);
        Assert.NotEqual(ErrorCode.None, refused.ErrorCode);
        Assert.Contains(_broker.Log.Lines, line => line.Contains("/latest_producer_id_block", StringComparison.Ordinal));
        Assert.Contains(_broker.Log.Lines, line => line.StartsWith("Warning: The controller gave no block of producer ids", StringComparison.Ordinal));
    }
}
