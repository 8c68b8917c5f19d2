using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Tools.Tests.Groups;

/// <summary><c>kafka-consumer-groups.sh --output json</c>: errors that Kafka's tool only words, and exits with 0, are told by their codes.</summary>
public sealed class GroupDocumentTests
{
    private readonly FakeCluster _cluster = new();

    public GroupDocumentTests()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Handle<FindCoordinatorRequest, FindCoordinatorResponse>((_, request) => new()
        {
            Coordinators =
            [
                .. request.CoordinatorKeys.Select(key => new FindCoordinatorResponse.Coordinator { Key = key, NodeId = 0, Host = "broker", Port = 9092 }),
            ],
        });
        _cluster.Handle<DescribeGroupsRequest, DescribeGroupsResponse>((_, request) => new() { Groups = [.. request.Groups.Select(Describe)] });
        _cluster.Handle<DeleteGroupsRequest, DeleteGroupsResponse>((_, request) => new()
        {
            Results =
            [
                .. request.GroupsNames.Select(group => new DeleteGroupsResponse.DeletableGroupResult
                {
                    GroupId = group, ErrorCode = group == "live" ? ErrorCode.NonEmptyGroup : ErrorCode.None,
                }),
            ],
        });
    }

    private static DescribeGroupsResponse.DescribedGroup Describe(string group) => new()
    {
        GroupId = group,
        GroupState = group switch { "live" => "Stable", "empty" => "Empty", _ => "Dead" },
        ProtocolType = "consumer",
        ProtocolData = group == "live" ? "range" : "",
        Members = group != "live" ? [] :
        [
            new() { MemberId = "c-1", ClientId = "c", ClientHost = "/127.0.0.1", MemberAssignment = [0, 1, 0, 0, 0, 1, 0, 1, (byte)'t', 0, 0, 0, 1, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF] },
        ],
    };

    private ToolRun Run(params string[] words) =>
        ToolRun.Against(_cluster, ["kafka-consumer-groups", "--bootstrap-server", _cluster.Bootstrap, .. words, "--output", "json"]);

    [Fact]
    public void A_group_that_could_not_be_deleted_is_told_by_the_code_and_the_exit_code_stays()
    {
        var run = Run("--delete", "--group", "live", "--group", "empty");
        Assert.Equal(
            """{"groups":[{"group":"live","error":{"code":"NON_EMPTY_GROUP","message":"The group is not empty."}},{"group":"empty","error":null}],"error":null}""" + "\n",
            run.Output);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Fact]
    public void Groups_are_described_and_those_that_are_not_there_are_told()
    {
        var run = Run("--describe", "--members", "--group", "live", "--group", "gone");
        Assert.Equal(
            """{"groups":[{"group":"live","state":"Stable","assignmentStrategy":"range","coordinator":0,"members":[{"consumerId":"c-1","groupInstanceId":null,"clientId":"c","host":"/127.0.0.1","partitions":[{"topic":"t","partition":0}]}],"error":null},"""
            + """{"group":"gone","error":{"code":"GROUP_ID_NOT_FOUND","message":"The group id does not exist."}}],"error":null}""" + "\n",
            run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void A_group_with_members_is_not_reset()
    {
        var run = Run("--reset-offsets", "--to-earliest", "--topic", "t", "--dry-run", "--group", "live");
        Assert.Equal(
            """{"groups":[{"group":"live","error":{"code":"NON_EMPTY_GROUP","message":"Assignments can only be reset if the group 'live' is inactive, but the current state is Stable."}}],"error":null}""" + "\n",
            run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void What_fails_as_a_whole_is_told_beside_the_groups()
    {
        _cluster.Handle<ListGroupsRequest, ListGroupsResponse>((_, _) => new() { ErrorCode = ErrorCode.ClusterAuthorizationFailed });
        var run = Run("--list");
        Assert.StartsWith("""{"groups":[],"error":{"code":"CLUSTER_AUTHORIZATION_FAILED","message":""", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void Another_form_of_output_is_refused()
    {
        var run = ToolRun.Of("kafka-consumer-groups", "--bootstrap-server", "x:1", "--list", "--output", "xml");
        Assert.Equal((1, "", "Invalid value 'xml' of option [output]. Valid values are: json, table, yaml\n"), (run.ExitCode, run.Output, run.Error));
    }
}
