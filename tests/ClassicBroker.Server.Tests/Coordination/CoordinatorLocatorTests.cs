using System.Net;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Coordination;

namespace ClassicBroker.Server.Tests.Coordination;

public sealed class CoordinatorLocatorTests
{
    private static UpdateMetadataRequest Request(int leader) =>
        new()
        {
            ControllerEpoch = 1,
            TopicStates =
            [
                new()
                {
                    TopicName = "__consumer_offsets",
                    PartitionStates = [.. Enumerable.Range(0, 2).Select(index => new UpdateMetadataRequest.UpdateMetadataPartitionState
                    {
                        PartitionIndex = index,
                        Leader = leader + index,
                        Replicas = [leader + index],
                        Isr = [leader + index],
                    })],
                },
            ],
            LiveBrokers = [.. Enumerable.Range(5, 2).Select(id => new UpdateMetadataRequest.UpdateMetadataBroker
            {
                Id = id,
                Endpoints = [new() { Host = $"host{id}", Port = 90 + id, Listener = "IN" }],
            })],
        };

    private static CoordinatorLocator Locator(UpdateMetadataRequest request)
    {
        var metadata = new MetadataCache();
        metadata.Publish(MetadataImage.Empty.Apply(request, out _));
        return new(new CoordinatorPartitionCounts(Groups: 2, Transactions: 50), metadata, creation: null!, timers: null!);
    }

    [Theory]
    [InlineData("a", 6, "host6")]
    [InlineData("b", 5, "host5")]
    public void The_leader_of_the_partition_of_the_key_is_named_on_whatever_broker_it_is(string key, int broker, string host)
    {
        var found = Locator(Request(leader: 5)).Find(CoordinatorKind.Group, key, "IN")!.Value;
        Assert.Equal((broker, host), (found.BrokerId, found.Endpoint.Host));
    }

    [Fact]
    public void Without_a_leader_that_lives_or_a_listener_in_common_there_is_none()
    {
        Assert.Null(Locator(Request(leader: -2)).Find(CoordinatorKind.Group, "b", "IN"));
        Assert.Null(Locator(Request(leader: 5)).Find(CoordinatorKind.Group, "a", "OUT"));
        Assert.Null(Locator(Request(leader: 5)).Find(CoordinatorKind.Transaction, "a", "IN"));
    }

    [Theory]
    [InlineData("10.0.0.1", "/10.0.0.1")]
    [InlineData("::ffff:10.0.0.1", "/10.0.0.1")]
    [InlineData("::1", "/0:0:0:0:0:0:0:1")]
    [InlineData("2001:db8::ff00:42:8329", "/2001:db8:0:0:0:ff00:42:8329")]
    public void Client_hosts_are_what_java_prints(string address, string text) =>
        Assert.Equal(text, ClientHost.Of(IPAddress.Parse(address)));
}
