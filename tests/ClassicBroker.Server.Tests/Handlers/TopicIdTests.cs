using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>Requests that may name a topic by its id, with the answers Kafka 3.9.2 gives.</summary>
public sealed class TopicIdTests
{
    private static readonly Uuid Unknown = new(0x1111111111111111, 0x1111111111111111);

    private readonly InProcessBroker _broker = new();
    private readonly BrokerClient _client;

    public TopicIdTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t1");
        _client.CreateTopic("t2");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("t2")]
    public void Metadata_goes_by_the_id_whatever_the_name_says(string? name)
    {
        var topic = Assert.Single(Metadata(12, (IdOf("t1"), name)).Topics);
        Assert.Equal((ErrorCode.None, "t1", IdOf("t1")), (topic.ErrorCode, topic.Name, topic.TopicId));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("t1")]
    [InlineData("made-by-asking")]
    public void Metadata_of_an_unknown_id_has_the_id_and_no_name_and_makes_nothing(string? name)
    {
        var topic = Assert.Single(Metadata(12, (Unknown, name)).Topics);
        Assert.Equal((ErrorCode.UnknownTopicId, null, Unknown), (topic.ErrorCode, topic.Name, topic.TopicId));
        Assert.Equal(2, _client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = null }, 12).Topics.Length);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    public void Metadata_10_and_11_refuse_an_id_and_name_no_broker(short version)
    {
        var response = Metadata(version, (IdOf("t1"), "t1"));
        Assert.Equal((ErrorCode.InvalidRequest, "t1"), (response.Topics[0].ErrorCode, response.Topics[0].Name));
        Assert.Equal((0, null, -1), (response.Brokers.Length, response.ClusterId, response.ControllerId));
    }

    [Fact]
    public void Deletion_goes_by_name_or_by_id()
    {
        var id = IdOf("t1");
        var results = Delete((null, id), (null, Unknown), (null, Uuid.Zero), ("nowhere", Uuid.Zero), ("t2", Uuid.Zero));
        Assert.Equal(
            [
                ("t1", id, ErrorCode.None),
                (null, Unknown, ErrorCode.UnknownTopicId),
                (null, Uuid.Zero, ErrorCode.TopicAuthorizationFailed),
                ("nowhere", Uuid.Zero, ErrorCode.UnknownTopicOrPartition),
                ("t2", Uuid.Zero, ErrorCode.None),
            ],
            results);
    }

    [Fact]
    public void Deletion_by_both_is_refused_as_a_whole()
    {
        Assert.Equal(
            [("t1", IdOf("t1"), ErrorCode.InvalidRequest), ("t2", Uuid.Zero, ErrorCode.InvalidRequest)],
            Delete(("t1", IdOf("t1")), ("t2", Uuid.Zero)));
        Assert.Equal(2, _client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = null }, 12).Topics.Length);
    }

    private (string? Name, Uuid Id, ErrorCode Error)[] Delete(params (string? Name, Uuid Id)[] topics) =>
    [
        .. _client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(
                new()
                {
                    TimeoutMs = 1_000,
                    Topics = [.. topics.Select(topic => new DeleteTopicsRequest.DeleteTopicState { Name = topic.Name, TopicId = topic.Id })],
                },
                6)
            .Responses.Select(result => (result.Name, result.TopicId, result.ErrorCode)),
    ];

    private MetadataResponse Metadata(short version, (Uuid Id, string? Name) topic) =>
        _client.Ask<MetadataRequest, MetadataResponse>(
            new() { Topics = [new() { TopicId = topic.Id, Name = topic.Name }], AllowAutoTopicCreation = true }, version);

    private Uuid IdOf(string topic) =>
        _client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = [new() { Name = topic }] }, 12).Topics[0].TopicId;
}
