using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Tools.Doctor;

namespace ClassicBroker.Tools.Tests.Doctor;

/// <summary>kafka-doctor.sh against brokers made by hand: each thing that may be wrong, its cure and the exit code.</summary>
public sealed class DoctorCommandTests
{
    private const long Gibibyte = 1L << 30;

    private readonly FakeCluster _cluster = new(brokers: 3);
    private readonly Dictionary<int, long> _usable = [];
    private readonly HashSet<int> _failed = [];
    private readonly HashSet<int> _silent = [];
    private string _minIsr = "1";

    public DoctorCommandTests()
    {
        _cluster.AddTopic("orders", 0, 1);
        _cluster.Handle<ApiVersionsRequest, ApiVersionsResponse>((_, _) => new() { ApiKeys = [new() { ApiKey = 18, MaxVersion = 4 }] });
        _cluster.Handle<DescribeConfigsRequest, DescribeConfigsResponse>((_, request) => new()
        {
            Results = [.. request.Resources.Select(resource => new DescribeConfigsResponse.DescribeConfigsResult
            {
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
                Configs = [new() { Name = "min.insync.replicas", Value = _minIsr }],
            })],
        });
        _cluster.Handle<DescribeLogDirsRequest, DescribeLogDirsResponse>((broker, _) => new()
        {
            ErrorCode = _silent.Contains(broker) ? ErrorCode.ClusterAuthorizationFailed : ErrorCode.None,
            Results =
            [
                new()
                {
                    LogDir = "/data",
                    ErrorCode = _failed.Contains(broker) ? ErrorCode.KafkaStorageError : ErrorCode.None,
                    TotalBytes = 100 * Gibibyte,
                    UsableBytes = _usable.GetValueOrDefault(broker, 50 * Gibibyte),
                },
            ],
        });
    }

    private ToolRun Run(params string[] words) =>
        ToolRun.Against(_cluster, ["kafka-doctor", "--bootstrap-server", _cluster.Bootstrap, .. words]);

    /// <summary>Every partition as <paramref name="change"/> makes it.</summary>
    private void Bend(Action<MetadataResponse.MetadataResponsePartition> change) =>
        _cluster.Handle<MetadataRequest, MetadataResponse>((_, request) =>
        {
            var response = _cluster.Metadata(request);
            foreach (var partition in response.Topics.SelectMany(topic => topic.Partitions))
            {
                change(partition);
            }

            return response;
        });

    [Fact]
    public void A_cluster_that_is_well_is_told_so()
    {
        var run = Run();
        Assert.Equal("", run.Error);
        Assert.EndsWith("Nothing is wrong that can be seen from here.\n", run.Output);
        Assert.Contains("All 2 have a leader and all replicas in sync.", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void Output_in_a_pipe_has_no_colours_and_no_lines_of_a_terminal() => Assert.DoesNotContain('\u001b', Run().Output);

    [Fact]
    public void An_address_that_does_not_lead_to_its_broker_is_critical()
    {
        _cluster.AdvertisedHost = "elsewhere.example";
        var run = Run();
        Assert.Contains("It advertises elsewhere.example:", run.Output);
        Assert.Contains("Set advertised.listeners of the broker", run.Output);
        Assert.Equal(2, run.ExitCode);
    }

    [Theory]
    [InlineData("localhost", Severity.Warning)]
    [InlineData("127.0.0.1", Severity.Warning)]
    [InlineData("::1", Severity.Warning)]
    [InlineData("broker.example", Severity.Good)]
    public void An_address_that_leads_back_to_the_asker_is_a_warning(string host, object severity) =>
        Assert.Equal(severity, ListenerCheck.Judge(new NodeApiVersions(new BrokerNode(1, host, 9092, null), [], null)).Severity);

    [Fact]
    public void Partitions_without_a_leader_are_critical()
    {
        Bend(partition => partition.LeaderId = -1);
        var run = Run();
        Assert.Contains("2 of 2 without a leader: orders-0, orders-1", run.Output);
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public void An_isr_under_its_minimum_is_critical_and_one_at_it_a_warning()
    {
        _minIsr = "2";
        Bend(partition => (partition.ReplicaNodes, partition.IsrNodes) = ([0, 1, 2], [0]));
        Assert.Equal(2, Run().ExitCode);
        Assert.Contains("writes with acks=all are refused", Run().Output);

        Bend(partition => (partition.ReplicaNodes, partition.IsrNodes) = ([0, 1, 2], [0, 1]));
        Assert.Equal(1, Run().ExitCode);
        Assert.Contains("the next failure stops writes with acks=all", Run().Output);
    }

    [Fact]
    public void More_replicas_asked_for_than_there_are_is_critical()
    {
        _minIsr = "4";
        Bend(partition => (partition.ReplicaNodes, partition.IsrNodes) = ([0, 1, 2], [0, 1, 2]));
        Assert.Contains("with fewer replicas than min.insync.replicas asks for", Run().Output);
        Assert.Equal(2, Run().ExitCode);
    }

    [Fact]
    public void A_directory_that_failed_is_critical_and_one_that_fills_a_warning()
    {
        _usable[1] = 10 * Gibibyte;
        Assert.Equal(1, Run().ExitCode);
        Assert.Contains("10.0 of 100.0 GiB are free (10 %).", Run().Output);

        _failed.Add(2);
        Assert.Equal(2, Run().ExitCode);
        Assert.Contains("It is offline: KafkaStorageError.", Run().Output);
    }

    [Fact]
    public void A_broker_that_does_not_tell_of_its_disks_is_a_warning_and_the_others_are_looked_at()
    {
        _usable[1] = 10 * Gibibyte;
        _silent.Add(0);
        var run = Run();
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("It does not tell of its disks: Cluster authorization failed.", run.Output);
        Assert.Contains("10.0 of 100.0 GiB are free (10 %).", run.Output);
    }

    [Fact]
    public void Json_holds_every_finding_with_its_cure()
    {
        Bend(partition => partition.LeaderId = -1);
        var run = Run("--output", "json");
        using var report = JsonDocument.Parse(run.Output);
        Assert.Equal("critical", report.RootElement.GetProperty("severity").GetString());
        var finding = report.RootElement.GetProperty("findings").EnumerateArray()
            .Single(finding => finding.GetProperty("subject").GetString() == "partitions");
        Assert.Equal("critical", finding.GetProperty("severity").GetString());
        Assert.StartsWith("2 of 2 without a leader", finding.GetProperty("text").GetString());
        Assert.StartsWith("Start the brokers that hold their replicas", finding.GetProperty("cure").GetString());
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public void Brokers_that_do_not_answer_are_one_finding_with_the_reason()
    {
        for (var broker = 0; broker < 3; broker++)
        {
            _cluster.Down.Add(broker);
        }

        var run = Run();
        Assert.Contains("connection refused", run.Output);
        Assert.Equal(2, run.ExitCode);
    }

    [Theory]
    [InlineData("Give --bootstrap-server, --zookeeper or --config")]
    [InlineData("'xml' not recognized", "--config", "x", "--output", "xml")]
    [InlineData("--nothing", "--config", "x", "--nothing")]
    public void A_wrong_command_line_says_what_is_wrong(string sentence, params string[] words)
    {
        var run = ToolRun.Of(["kafka-doctor", .. words]);
        Assert.Contains(sentence, run.Error);
        Assert.Equal(3, run.ExitCode);
    }

    [Fact]
    public void Help_tells_the_options()
    {
        var run = ToolRun.Of("kafka-doctor", "--help");
        Assert.Contains("--bootstrap-server", run.Output);
        Assert.Equal(0, run.ExitCode);
    }
}
