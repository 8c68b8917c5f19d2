using ClassicBroker.Conformance.Tests.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Conformance.Tests.Tools;

/// <summary><c>kafka-mirror-maker</c> between two brokers in memory: what it copies, and when it commits.</summary>
public sealed class MirrorMakerTests : IDisposable
{
    private const string Group = "mirror";
    private const string SourceHost = "127.0.0.1";
    private const string TargetHost = "127.0.0.2";
    private const int Sigterm = 15;
    private const int Records = 20;

    private readonly ScratchDirectory _files = new();
    private readonly InProcessBroker _source;
    private readonly InProcessBroker _target;
    private readonly CommandSession _session;

    public MirrorMakerTests()
    {
        var time = new ManualTime();
        (_source, _target) = (NewBroker(SourceHost, time), NewBroker(TargetHost, time));
        _session = new CommandSession((_source, SourceHost), (_target, TargetHost));
        File.WriteAllText(
            _files.File("consumer"), $"bootstrap.servers={SourceHost}:9092\ngroup.id={Group}\nauto.offset.reset=earliest\n");
        File.WriteAllText(_files.File("producer"), $"bootstrap.servers={TargetHost}:9092\n");
        Fill("a.one");
        Fill("a.two");
        Fill("b");
    }

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("--include", "a.*")]
    [InlineData("--whitelist", "a.one,a.two")]
    public void Topics_that_match_are_copied_by_streams_that_share_them_and_commit_what_was_acknowledged(string option, string topics)
    {
        var (exitCode, _, _) = Run(
            [option, topics, "--num.streams", "2", "--offset.commit.interval.ms", "2000"],
            mirror =>
            {
                _source.Time.AdvanceMs(1_500);
                Assert.Equal((0, 0), (Committed("a.one"), Committed("a.two")));
                _source.Time.AdvanceMs(4_000);
                Assert.Equal((Records, Records, 0), (Committed("a.one"), Committed("a.two"), Committed("b")));
                var group = Assert.Single(_source.Connect().Ask<DescribeGroupsRequest, DescribeGroupsResponse>(
                    new() { Groups = [Group] }, 5).Groups);
                Assert.Equal((2, "Stable"), (group.Members.Length, group.GroupState));
                mirror.Request(Sigterm);
            });
        Assert.Equal(128 + Sigterm, exitCode);
        Assert.Equal(Values("a.one"), Copied("a.one"));
        Assert.Equal(Values("a.two"), Copied("a.two"));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _target.Connect().Fetch("b", 0, 0).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void What_is_copied_after_the_last_interval_is_committed_at_the_end()
    {
        Run(
            ["--include", "b"],
            mirror =>
            {
                _source.Time.AdvanceMs(5_000);
                Assert.Equal(0, Committed("b"));
                mirror.Request(Sigterm);
            });
        Assert.Equal(Records, Committed("b"));
    }

    [Fact]
    public void A_record_that_is_refused_ends_the_mirror_and_nothing_is_committed()
    {
        _target.Connect().CreateTopic("b", 1, ("max.message.bytes", "100"));
        _source.Connect().Produce("b", 0, 1, new string('x', 500));
        var (exitCode, _, error) = Run(["--include", "b", "--offset.commit.interval.ms", "500"], _ => _source.Time.AdvanceMs(20_000));
        Assert.Equal(255, exitCode);
        Assert.Contains("Error when sending message to the target cluster", error, StringComparison.Ordinal);
        Assert.Contains("Mirror maker thread exited abnormally, stopping the whole mirror maker.", error, StringComparison.Ordinal);
        Assert.Equal(0, Committed("b"));
    }

    [Fact]
    public void A_record_that_is_refused_is_left_out_where_that_was_asked_for()
    {
        _target.Connect().CreateTopic("b", 1, ("max.message.bytes", "100"));
        _source.Connect().Produce("b", 0, 1, new string('x', 500));
        _source.Connect().Produce("b", 0, 1, "last");
        var (exitCode, _, error) = Run(
            ["--include", "b", "--abort.on.send.failure", "false"],
            mirror =>
            {
                _source.Time.AdvanceMs(20_000);
                mirror.Request(Sigterm);
            });
        Assert.Equal(128 + Sigterm, exitCode);
        Assert.Contains("Error when sending message to the target cluster", error, StringComparison.Ordinal);
        Assert.Equal(Records + 2, Committed("b"));
        Assert.Equal([.. Values("b"), "last"], Copied("b"));
    }

    [Theory]
    [InlineData("--blacklist", "blacklist")]
    [InlineData("--num.producers", "num.producers")]
    [InlineData("--queue.size", "queue.size")]
    public void Options_of_the_mirror_of_old_are_refused_as_by_Kafka(string option, string name)
    {
        var (exitCode, _, error) = Run(["--include", "b", option, "1"], _ => { });
        Assert.Equal(1, exitCode);
        Assert.Contains($"{name} is not a recognized option", error, StringComparison.Ordinal);
    }

    private static InProcessBroker NewBroker(string host, ManualTime time) =>
        new(
            time,
            $"listeners=PLAINTEXT://{host}:9092",
            "group.initial.rebalance.delay.ms=0",
            "offsets.topic.num.partitions=1",
            "num.partitions=1");

    private static IEnumerable<string> Values(string topic) => Enumerable.Range(0, Records).Select(number => $"{topic} {number}");

    private (int? ExitCode, string Output, string Error) Run(string[] arguments, Action<ClassicBroker.Tools.Interruption> meanwhile) =>
        _session.Run(
            [
                "kafka-mirror-maker", "--consumer.config", _files.File("consumer"), "--producer.config", _files.File("producer"),
                .. arguments,
            ],
            meanwhile);

    private void Fill(string topic)
    {
        var client = _source.Connect();
        client.CreateTopic(topic);
        Assert.Equal(ErrorCode.None, client.Produce(topic, 0, 1, [.. Values(topic)]).ErrorCode);
    }

    /// <summary>What the group has committed of a topic; 0 for nothing.</summary>
    private long Committed(string topic)
    {
        var answer = _source.Connect().Ask<OffsetFetchRequest, OffsetFetchResponse>(
            new() { GroupId = Group, Topics = [new() { Name = topic, PartitionIndexes = [0] }] }, 5);
        return Math.Max(0, answer.Topics[0].Partitions[0].CommittedOffset);
    }

    private List<string> Copied(string topic) =>
        BrokerClient.Values(_target.Connect().Fetch(topic, 0, 0).Responses[0].Partitions[0].Records);
}
