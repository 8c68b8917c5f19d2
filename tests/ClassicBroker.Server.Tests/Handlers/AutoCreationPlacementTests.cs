using System.Text.Json.Nodes;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>
/// Where topics go that are made because somebody asked for them, at a broker whose controller is another one: no leader of theirs is known
/// before the request that names them all is answered.
/// </summary>
public sealed class AutoCreationPlacementTests
{
    private const short Version = 12;

    private readonly InProcessBroker _broker = new();

    public AutoCreationPlacementTests()
    {
        _broker.Stop();
        _broker.ZooKeeper.Put("/controller", """{"version":2,"brokerid":1,"timestamp":"1","kraftControllerEpoch":-1}""");
        _broker.Start();
    }

    [Fact]
    public void Topics_of_one_request_spread_over_the_brokers_that_lead_the_fewest()
    {
        Tell(2, 2, 2);
        string[] names = [.. Enumerable.Range(0, 9).Select(number => $"auto-{number}")];
        var answer = _broker.Connect().Ask<MetadataRequest, MetadataResponse>(
            new() { Topics = [.. names.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name })], AllowAutoTopicCreation = true },
            Version);
        Assert.All(answer.Topics, topic => Assert.Equal(ErrorCode.LeaderNotAvailable, topic.ErrorCode));

        // Broker 2 leads three already.
        var leaders = names.Select(name => LeaderOf(_broker.ZooKeeper.Text($"/brokers/topics/{name}")!)).ToList();
        Assert.Equal([4, 4, 1], new[] { 0, 1, 2 }.Select(id => leaders.Count(leader => leader == id)));
    }

    private static int LeaderOf(string topic) =>
        JsonNode.Parse(topic)!["partitions"]!["0"]![0]!.GetValue<int>();

    /// <summary>The controller tells of brokers 0 to 2 and of a topic whose partitions have these leaders.</summary>
    private void Tell(params int[] leaders) =>
        Assert.Equal(ErrorCode.None, _broker.Connect("controller").Ask<UpdateMetadataRequest, UpdateMetadataResponse>(
            new()
            {
                ControllerId = 1,
                ControllerEpoch = 2,
                TopicStates =
                [
                    new()
                    {
                        TopicName = "t",
                        TopicId = new Uuid(1, 2),
                        PartitionStates =
                        [
                            .. leaders.Select((leader, partition) => new UpdateMetadataRequest.UpdateMetadataPartitionState
                            {
                                PartitionIndex = partition,
                                ControllerEpoch = 2,
                                Leader = leader,
                                Isr = [leader],
                                Replicas = [leader],
                            }),
                        ],
                    },
                ],
                LiveBrokers =
                [
                    .. Enumerable.Range(0, 3).Select(id => new UpdateMetadataRequest.UpdateMetadataBroker
                    {
                        Id = id,
                        Endpoints = [new() { Host = "h", Port = 9092 + id, Listener = "PLAINTEXT" }],
                    }),
                ],
            },
            8).ErrorCode);
}
