using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Metadata.Tests.Admin;

public sealed class AdminOperationsTests
{
    private readonly MetadataFixture _fixture = new MetadataFixture().WithTopLevelPaths();
    private readonly AdminOperations _admin;
    private readonly MetadataImage _image;

    public AdminOperationsTests()
    {
        _admin = new(_fixture.Store, new RecordedRandom(), MetadataVersions.Latest, new(2, 1), new OnlyRetention());
        _image = MetadataImage.Empty.Apply(
            new UpdateMetadataRequest { LiveBrokers = [new() { Id = 1, Endpoints = [] }, new() { Id = 2, Endpoints = [] }] }, out _);
    }

    [Fact]
    public void A_topic_is_its_config_and_its_assignment()
    {
        var (created, refusal) = Create(Topic("t", 2, 2, ("retention.ms", "1")));
        Assert.Null(refusal);
        Assert.Equal("""{"version":1,"config":{"retention.ms":"1"}}""", _fixture.Ensemble.Text("/config/topics/t"));
        var stored = _fixture.Run(() => _fixture.Store.Topics.GetAsync("t"))!;
        Assert.Equal(created!.TopicId, stored.TopicId);
        Assert.Equal([2, 2], stored.Partitions.Values.Select(assignment => assignment.Replicas.Count));
        Assert.Empty(_fixture.Ensemble.Children("/config/changes"));
    }

    [Fact]
    public void What_a_request_leaves_open_is_defaulted()
    {
        var (created, _) = Create(Topic("t", -1, -1));
        Assert.Equal(2, created!.Partitions.Count);
        Assert.Equal(1, created.ReplicationFactor);
    }

    [Fact]
    public void Validating_stores_nothing()
    {
        var (created, _) = _fixture.Run(() => _admin.CreateTopicAsync(Topic("t", 1, 1), _image, new(_image), validateOnly: true));
        Assert.NotNull(created);
        Assert.Null(_fixture.Ensemble.Stat("/brokers/topics/t"));
        Assert.Null(_fixture.Ensemble.Stat("/config/topics/t"));
    }

    [Fact]
    public void A_topic_that_exists_is_refused()
    {
        Create(Topic("t", 1, 1));
        Assert.Equal(new(ErrorCode.TopicAlreadyExists, "Topic 't' already exists."), Create(Topic("t", 1, 1)).Refusal);
    }

    [Fact]
    public void A_name_too_like_another_is_refused()
    {
        Create(Topic("a.b", 1, 1));
        Assert.Equal(
            new(ErrorCode.InvalidTopicException, "Topic 'a_b' collides with existing topics: a.b"),
            Create(Topic("a_b", 1, 1)).Refusal);
    }

    [Theory]
    [InlineData("", "Topic name is invalid: the empty string is not allowed")]
    [InlineData("..", "Topic name is invalid: '..' is not allowed")]
    [InlineData("a/b", "Topic name is invalid: 'a/b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")]
    public void A_name_that_is_none_is_refused(string name, string message) =>
        Assert.Equal(new(ErrorCode.InvalidTopicException, message), Create(Topic(name, 1, 1)).Refusal);

    [Fact]
    public void A_name_of_250_characters_is_too_long()
    {
        Assert.Null(TopicName.Fault(new('x', 249)));
        Assert.Contains("longer than the max allowed length 249", TopicName.Fault(new('x', 250)));
    }

    [Fact]
    public void Configs_are_checked()
    {
        Assert.Equal(new(ErrorCode.InvalidConfig, "Unknown topic config name: x"), Create(Topic("t", 1, 1, ("x", "1"))).Refusal);
        Assert.Equal(
            new(ErrorCode.InvalidConfig, "Null value not supported for topic configs: retention.ms"),
            Create(Topic("t", 1, 1, ("retention.ms", null))).Refusal);
    }

    [Fact]
    public void Too_many_replicas_are_refused() =>
        Assert.Equal(
            new(ErrorCode.InvalidReplicationFactor, "Replication factor: 3 larger than available brokers: 2."),
            Create(Topic("t", 1, 3)).Refusal);

    [Theory]
    [InlineData("0:1 1:", "Cannot have replication factor of 0.")]
    [InlineData("0:1 1:1,2", "All partitions should have the same number of replicas")]
    [InlineData("0:1,1", "Duplicate replica assignment found: 0 -> [1, 1]")]
    [InlineData("0:1 2:2", "partitions should be a consecutive 0-based integer sequence")]
    [InlineData("1:1", "partitions should be a consecutive 0-based integer sequence")]
    public void An_unsound_assignment_is_refused(string assignment, string message) =>
        Assert.Equal(new(ErrorCode.InvalidReplicaAssignment, message), Create(Assigned(assignment)).Refusal);

    [Fact]
    public void An_assignment_may_name_brokers_that_are_not_there_yet()
    {
        var (created, _) = Create(Assigned("0:7,1"));
        Assert.Equal([7, 1], created!.Partitions[0].Replicas);
    }

    /// <summary>Broker 1 is given two by hand, so that 2 gets the next two; what is only validated counts for nothing.</summary>
    [Fact]
    public void Topics_of_one_request_go_where_those_before_left_the_fewest_leaderships()
    {
        var load = new LeadershipLoad(_image);
        Make(Assigned("0:1 1:1"), validateOnly: false);
        Assert.Equal([2], Make(Topic("one", 1, 1), validateOnly: true));
        Assert.Equal([2], Make(Topic("one", 1, 1), validateOnly: false));
        Assert.Equal([2], Make(Topic("two", 1, 1), validateOnly: true));
        Assert.Equal([2], Make(Topic("two", 1, 1), validateOnly: false));
        Assert.Equal([1, 2], Make(Topic("three", 1, 1), validateOnly: false).Concat(Make(Topic("four", 1, 1), validateOnly: false)).Order());

        IEnumerable<int> Make(CreateTopicsRequest.CreatableTopic topic, bool validateOnly) =>
            _fixture.Run(() => _admin.CreateTopicAsync(topic, _image, load, validateOnly)).Created!
                .Partitions.Values.Select(assignment => assignment.Replicas[0]);
    }

    [Fact]
    public void Counts_and_assignments_exclude_each_other()
    {
        var both = Assigned("0:1");
        both.NumPartitions = 1;
        Assert.Equal(ErrorCode.InvalidRequest, Create(both).Refusal!.Error);
    }

    [Fact]
    public void Partitions_are_added_and_the_topic_keeps_its_id()
    {
        var (created, _) = Create(Topic("t", 1, 1));
        Assert.Null(Expand(new() { Name = "t", Count = 3, Assignments = null }));
        var stored = _fixture.Run(() => _fixture.Store.Topics.GetAsync("t"))!;
        Assert.Equal([0, 1, 2], stored.Partitions.Keys);
        Assert.Equal(created!.TopicId, stored.TopicId);
        Assert.Equal(created.Partitions[0], stored.Partitions[0]);
    }

    [Fact]
    public void Partitions_can_be_added_by_hand()
    {
        Create(Topic("t", 1, 1));
        Assert.Null(Expand(new() { Name = "t", Count = 2, Assignments = [new() { BrokerIds = [2] }] }));
        Assert.Equal([2], _fixture.Run(() => _fixture.Store.Topics.GetAsync("t"))!.Partitions[1].Replicas);
    }

    [Theory]
    [InlineData(1, null, ErrorCode.InvalidPartitions, "Topic currently has 2 partitions, which is higher than the requested 1.")]
    [InlineData(2, null, ErrorCode.InvalidPartitions, "Topic already has 2 partitions.")]
    [InlineData(3, "9", ErrorCode.InvalidReplicaAssignment, "Unknown broker(s) in replica assignment: 9.")]
    [InlineData(4, "1", ErrorCode.InvalidReplicaAssignment, "Increasing the number of partitions by 2 but 1 assignments provided.")]
    [InlineData(
        3, "1,1", ErrorCode.InvalidReplicaAssignment, "Duplicate brokers not allowed in replica assignment: 1, 1 for partition id 2.")]
    [InlineData(
        3,
        "1,2",
        ErrorCode.InvalidReplicaAssignment,
        "Inconsistent replication factor between partitions, partition 0 has 1 while partitions [2] have "
            + "replication factors [2], respectively.")]
    public void An_unsound_expansion_is_refused(int count, string? brokers, ErrorCode error, string message)
    {
        Create(Topic("t", 2, 1));
        CreatePartitionsRequest.CreatePartitionsAssignment[]? assignments =
            brokers is null ? null : [new() { BrokerIds = [.. brokers.Split(',').Select(int.Parse)] }];
        Assert.Equal(new(error, message), Expand(new() { Name = "t", Count = count, Assignments = assignments }));
    }

    [Fact]
    public void A_topic_that_is_missing_or_moving_is_not_expanded()
    {
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Expand(new() { Name = "t", Count = 2, Assignments = null })!.Error);
        _fixture.Ensemble.Put(
            "/brokers/topics/t", """{"version":3,"partitions":{"0":[1,2]},"adding_replicas":{"0":[2]},"removing_replicas":{}}""");
        Assert.Equal(ErrorCode.ReassignmentInProgress, Expand(new() { Name = "t", Count = 2, Assignments = null })!.Error);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public void A_topic_that_is_queued_for_deletion_is_not_expanded(int count)
    {
        Create(Topic("t", 1, 1));
        var before = _fixture.Ensemble.Text("/brokers/topics/t");
        _fixture.Run(() => _admin.DeleteTopicAsync("t"));
        Assert.Equal(
            new(ErrorCode.InvalidTopicException, "The topic is queued for deletion."),
            Expand(new() { Name = "t", Count = count, Assignments = null }));
        Assert.Equal(before, _fixture.Ensemble.Text("/brokers/topics/t"));
    }

    [Fact]
    public void A_move_that_begins_meanwhile_is_not_undone_by_an_expansion()
    {
        const string Moving = """{"version":3,"partitions":{"0":[1,2]},"adding_replicas":{"0":[2]},"removing_replicas":{}}""";
        Create(Topic("t", 1, 1));
        BeforeNextWrite("/brokers/topics/t", () => _fixture.Ensemble.Put("/brokers/topics/t", Moving));
        Assert.Equal(ErrorCode.ReassignmentInProgress, Expand(new() { Name = "t", Count = 2, Assignments = null })!.Error);
        Assert.Equal(Moving, _fixture.Ensemble.Text("/brokers/topics/t"));
    }

    [Fact]
    public void An_expansion_that_lost_its_answer_is_no_second_one()
    {
        Create(Topic("t", 1, 1));
        _fixture.FailNextWrite("/brokers/topics/t", ZooKeeperFault.LostReply);
        Assert.Null(Expand(new() { Name = "t", Count = 2, Assignments = null }));
        Assert.Equal([0, 1], _fixture.Run(() => _fixture.Store.Topics.GetAsync("t"))!.Partitions.Keys);
    }

    [Fact]
    public void Deletion_is_a_mark()
    {
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _fixture.Run(() => _admin.DeleteTopicAsync("t")));
        Create(Topic("t", 1, 1));
        Assert.Equal(ErrorCode.None, _fixture.Run(() => _admin.DeleteTopicAsync("t")));
        Assert.Equal(ErrorCode.None, _fixture.Run(() => _admin.DeleteTopicAsync("t")));
        Assert.NotNull(_fixture.Ensemble.Stat("/admin/delete_topics/t"));
        Assert.NotNull(_fixture.Ensemble.Stat("/brokers/topics/t"));
    }

    private static CreateTopicsRequest.CreatableTopic Topic(
        string name, int partitions, short factor, params (string Name, string? Value)[] configs) =>
        new()
        {
            Name = name,
            NumPartitions = partitions,
            ReplicationFactor = factor,
            Configs = [.. configs.Select(
                config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })],
        };

    private static CreateTopicsRequest.CreatableTopic Assigned(string assignment) =>
        new()
        {
            Name = "t",
            NumPartitions = -1,
            ReplicationFactor = -1,
            Assignments =
            [
                .. assignment.Split(' ').Select(part => part.Split(':')).Select(part => new CreateTopicsRequest.CreatableReplicaAssignment
                {
                    PartitionIndex = int.Parse(part[0]),
                    BrokerIds = [.. part[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)],
                }),
            ],
        };

    private (TopicCreation? Created, AdminRefusal? Refusal) Create(CreateTopicsRequest.CreatableTopic topic) =>
        _fixture.Run(() => _admin.CreateTopicAsync(topic, _image, new(_image), validateOnly: false));

    private AdminRefusal? Expand(CreatePartitionsRequest.CreatePartitionsTopic request) =>
        _fixture.Run(() => _admin.CreatePartitionsAsync(request, _image, validateOnly: false));

    private void BeforeNextWrite(string path, Action deed)
    {
        var armed = true;
        _fixture.ZooKeeper.Faults = call =>
        {
            if (armed && call.IsWrite && call.Path == path)
            {
                armed = false;
                deed();
            }

            return ZooKeeperFault.None;
        };
    }

    private sealed class OnlyRetention : ITopicConfigValidator
    {
        public string? Fault(IReadOnlyDictionary<string, string> config) =>
            config.Keys.FirstOrDefault(key => key != "retention.ms") is { } unknown ? $"Unknown topic config name: {unknown}" : null;
    }
}
