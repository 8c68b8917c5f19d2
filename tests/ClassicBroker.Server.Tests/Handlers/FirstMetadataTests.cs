using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>
/// A broker that has started while another one is the controller, which has not yet told it of the cluster. Kafka answers that topics do
/// not exist, or cannot be created; ours holds the request.
/// </summary>
public sealed class FirstMetadataTests
{
    private const short Version = 12;

    private static readonly MetadataRequest Request = new() { Topics = [new() { Name = "t" }], AllowAutoTopicCreation = true };

    private readonly InProcessBroker _broker = new();

    public FirstMetadataTests()
    {
        _broker.Stop();
        _broker.ZooKeeper.Put("/controller", """{"version":2,"brokerid":1,"timestamp":"1","kraftControllerEpoch":-1}""");
        _broker.Start();
    }

    [Fact]
    public void Metadata_is_held_until_the_controllers_first_word()
    {
        var client = _broker.Connect();
        client.Send(Request, Version);
        _broker.Time.AdvanceMs(1_000);
        Assert.Null(client.TakeFrame());
        Assert.Equal(ErrorCode.None, _broker.Connect().Ask<ApiVersionsRequest, ApiVersionsResponse>(new(), 0).ErrorCode);

        Assert.Equal(ErrorCode.None, Tell().ErrorCode);
        var answer = client.Answer<MetadataResponse>(Version)!;
        Assert.Equal(1, answer.Brokers.Single().NodeId);
        Assert.Equal(("t", ErrorCode.None), (answer.Topics.Single().Name, answer.Topics.Single().ErrorCode));
        Assert.Equal(1, answer.Topics.Single().Partitions.Single().LeaderId);
    }

    [Fact]
    public void A_request_that_waited_for_it_too_long_is_told_to_ask_again_and_creates_nothing()
    {
        var client = _broker.Connect();
        client.Send(Request, Version);
        _broker.Time.AdvanceMs(5_000);
        var answer = client.Answer<MetadataResponse>(Version)!;
        Assert.Empty(answer.Brokers);
        Assert.Equal(("t", ErrorCode.LeaderNotAvailable), (answer.Topics.Single().Name, answer.Topics.Single().ErrorCode));
        Assert.Empty(_broker.ZooKeeper.Children("/brokers/topics"));
    }

    private UpdateMetadataResponse Tell() =>
        _broker.Connect("controller").Ask<UpdateMetadataRequest, UpdateMetadataResponse>(
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
                        PartitionStates = [new() { PartitionIndex = 0, ControllerEpoch = 2, Leader = 1, Isr = [1], Replicas = [1] }],
                    },
                ],
                LiveBrokers =
                [
                    new() { Id = 1, Endpoints = [new() { Host = "one", Port = 9092, Listener = "PLAINTEXT" }] },
                ],
            },
            8);
}
