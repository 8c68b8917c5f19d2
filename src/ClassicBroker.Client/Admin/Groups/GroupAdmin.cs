using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>
/// Calls about groups and their offsets; each goes to the group's coordinator, wherever that is now. Safe from any thread.
/// </summary>
internal sealed class GroupAdmin(AdminCalls calls)
{
    private const sbyte GroupKeyType = 0;

    public async Task<ClusterListing<GroupListing>> ListAsync(IReadOnlyCollection<string> states, IReadOnlyCollection<string> types)
    {
        var listing = await calls.ListAsync("listConsumerGroups", async broker =>
        {
            var request = new ListGroupsRequest { StatesFilter = states.ToArray(), TypesFilter = types.ToArray() };
            var response = await calls.SendToBrokerAsync<ListGroupsRequest, ListGroupsResponse>(broker, request);
            Require(response.ErrorCode, "ListGroups");
            return response.Groups.Select(group => new GroupListing(group.GroupId, group.ProtocolType, group.GroupState, group.GroupType));
        });

        // One that moved meanwhile is listed by both its coordinators.
        return listing with
        {
            Found = [.. listing.Found.DistinctBy(group => group.GroupId).OrderBy(group => group.GroupId, StringComparer.Ordinal)],
        };
    }

    public Task<GroupDescription> DescribeAsync(string group) => AtCoordinatorAsync("describeConsumerGroups", group, async node =>
    {
        var response = await calls.SendToBrokerAsync<DescribeGroupsRequest, DescribeGroupsResponse>(
            node.Id, new DescribeGroupsRequest { Groups = [group] });
        var described = AdminCalls.Only(response.Groups);
        RequireCoordinator(described.ErrorCode);
        return new GroupDescription(
            group,
            described.GroupState,
            described.ProtocolData,
            node,
            described.Members.Select(Member).ToArray(),
            calls.Failure(described.ErrorCode, null, "DescribeGroups"))
        {
            ProtocolType = described.ProtocolType,
        };
    });

    public async Task<IReadOnlyDictionary<TopicPartition, GroupOffset>> OffsetsAsync(string group)
    {
        var offsets = new SortedDictionary<TopicPartition, GroupOffset>();
        foreach (var (partition, offset) in await FetchOffsetsAsync(group, partitions: null))
        {
            if (offset is { } committed)
            {
                offsets.Add(partition, committed);
            }
        }

        return offsets;
    }

    public async Task<IReadOnlyDictionary<TopicPartition, GroupOffset?>> OffsetsAsync(
        string group, IReadOnlyCollection<TopicPartition> partitions) =>
        await FetchOffsetsAsync(group, partitions);

    /// <summary>As Java, leaves out partitions whose offset the coordinator cannot tell.</summary>
    /// <param name="group">The group.</param>
    /// <param name="partitions">Those asked about; null for all that the group has committed.</param>
    private Task<SortedDictionary<TopicPartition, GroupOffset?>> FetchOffsetsAsync(
        string group, IReadOnlyCollection<TopicPartition>? partitions) =>
        AtCoordinatorAsync("listConsumerGroupOffsets", group, async node =>
        {
            var request = new OffsetFetchRequest
            {
                Groups =
                [
                    new OffsetFetchRequest.OffsetFetchRequestGroup
                    {
                        GroupId = group,
                        Topics = partitions is null ? null : Topics(partitions),
                    },
                ],
                RequireStable = false,
            };
            var response = await calls.SendToBrokerAsync<OffsetFetchRequest, OffsetFetchResponse>(node.Id, request);
            var offsets = new SortedDictionary<TopicPartition, GroupOffset?>();
            foreach (var answer in response.Groups)
            {
                RequireCoordinator(answer.ErrorCode);
                Require(answer.ErrorCode, "OffsetFetch");
                foreach (var topic in answer.Topics)
                {
                    foreach (var partition in topic.Partitions.Where(each => each.ErrorCode == ErrorCode.None))
                    {
                        offsets[new TopicPartition(topic.Name, partition.PartitionIndex)] = partition.CommittedOffset < 0
                            ? null
                            : new GroupOffset(partition.CommittedOffset, partition.CommittedLeaderEpoch, partition.Metadata ?? "");
                    }
                }
            }

            return offsets;
        });

    private static OffsetFetchRequest.OffsetFetchRequestTopics[] Topics(IReadOnlyCollection<TopicPartition> partitions) =>
    [
        .. partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(topic =>
            new OffsetFetchRequest.OffsetFetchRequestTopics
            {
                Name = topic.Key,
                PartitionIndexes = [.. topic.Select(partition => partition.Partition)],
            }),
    ];

    public Task<IReadOnlyList<PartitionResult>> AlterOffsetsAsync(
        string group, IReadOnlyDictionary<TopicPartition, GroupOffset> offsets) =>
        AtCoordinatorAsync<IReadOnlyList<PartitionResult>>("alterConsumerGroupOffsets", group, async node =>
        {
            var request = new OffsetCommitRequest
            {
                GroupId = group,
                Topics = offsets
                    .GroupBy(offset => offset.Key.Topic)
                    .Select(topic => new OffsetCommitRequest.OffsetCommitRequestTopic
                    {
                        Name = topic.Key,
                        Partitions = topic.Select(Committed).ToArray(),
                    })
                    .ToArray(),
            };
            var response = await calls.SendToBrokerAsync<OffsetCommitRequest, OffsetCommitResponse>(node.Id, request);
            return Results(
                response.Topics.SelectMany(topic => topic.Partitions.Select(partition =>
                    (new TopicPartition(topic.Name, partition.PartitionIndex), partition.ErrorCode))),
                "OffsetCommit");
        });

    public Task<IReadOnlyList<PartitionResult>> DeleteOffsetsAsync(string group, IReadOnlyCollection<TopicPartition> partitions) =>
        AtCoordinatorAsync<IReadOnlyList<PartitionResult>>("deleteConsumerGroupOffsets", group, async node =>
        {
            var request = new OffsetDeleteRequest
            {
                GroupId = group,
                Topics = partitions
                    .GroupBy(partition => partition.Topic)
                    .Select(topic => new OffsetDeleteRequest.OffsetDeleteRequestTopic
                    {
                        Name = topic.Key,
                        Partitions = topic
                            .Select(partition => new OffsetDeleteRequest.OffsetDeleteRequestPartition
                            {
                                PartitionIndex = partition.Partition,
                            })
                            .ToArray(),
                    })
                    .ToArray(),
            };
            var response = await calls.SendToBrokerAsync<OffsetDeleteRequest, OffsetDeleteResponse>(node.Id, request);
            RequireCoordinator(response.ErrorCode);
            Require(response.ErrorCode, "OffsetDelete");
            return Results(
                response.Topics.SelectMany(topic => topic.Partitions.Select(partition =>
                    (new TopicPartition(topic.Name, partition.PartitionIndex), partition.ErrorCode))),
                "OffsetDelete");
        });

    public Task<AdminResult> DeleteAsync(string group) => AtCoordinatorAsync("deleteConsumerGroups", group, async node =>
    {
        var response = await calls.SendToBrokerAsync<DeleteGroupsRequest, DeleteGroupsResponse>(
            node.Id, new DeleteGroupsRequest { GroupsNames = [group] });
        var result = AdminCalls.Only(response.Results);
        RequireCoordinator(result.ErrorCode);
        return new AdminResult(group, calls.Failure(result.ErrorCode, null, "DeleteGroups"));
    });

    public Task<IReadOnlyList<AdminResult>> RemoveMembersAsync(string group, IReadOnlyCollection<GroupMember> members) =>
        AtCoordinatorAsync<IReadOnlyList<AdminResult>>("removeMembersFromConsumerGroup", group, async node =>
        {
            var request = new LeaveGroupRequest
            {
                GroupId = group,
                Members =
                [
                    .. members.Select(member => new LeaveGroupRequest.MemberIdentity
                    {
                        // A static member is known by its instance, whatever its member id is by now.
                        MemberId = member.InstanceId is null ? member.MemberId : "",
                        GroupInstanceId = member.InstanceId,
                        Reason = "member was removed by an admin",
                    }),
                ],
            };
            var response = await calls.SendToBrokerAsync<LeaveGroupRequest, LeaveGroupResponse>(node.Id, request);
            RequireCoordinator(response.ErrorCode);
            Require(response.ErrorCode, "LeaveGroup");
            return
            [
                .. response.Members.Select(member => new AdminResult(
                    member.GroupInstanceId ?? member.MemberId, calls.Failure(member.ErrorCode, null, "LeaveGroup"))),
            ];
        });

    private static OffsetCommitRequest.OffsetCommitRequestPartition Committed(KeyValuePair<TopicPartition, GroupOffset> offset) => new()
    {
        PartitionIndex = offset.Key.Partition,
        CommittedOffset = offset.Value.Offset,
        CommittedLeaderEpoch = offset.Value.LeaderEpoch,
        CommittedMetadata = offset.Value.Metadata,
    };

    private IReadOnlyList<PartitionResult> Results(IEnumerable<(TopicPartition Partition, ErrorCode Error)> answers, string api)
    {
        List<PartitionResult> results = [];
        foreach (var (partition, error) in answers)
        {
            RequireCoordinator(error);
            results.Add(new PartitionResult(partition, calls.Failure(error, null, api)));
        }

        return results.OrderBy(result => result.Partition).ToArray();
    }

    private void Require(ErrorCode error, string api)
    {
        if (error != ErrorCode.None)
        {
            throw calls.Refusal(error, null, api);
        }
    }

    /// <summary>Lets the call be tried again, at another broker if need be.</summary>
    private void RequireCoordinator(ErrorCode error)
    {
        if (error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable)
        {
            throw calls.Refusal(error);
        }
    }

    private static GroupMember Member(DescribeGroupsResponse.DescribedGroupMember member) =>
        new(member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost, Assigned(member.MemberAssignment));

    /// <summary>What a consumer was assigned; nothing where the bytes are another kind of member's.</summary>
    private static TopicPartition[] Assigned(byte[] bytes)
    {
        if (bytes.Length < sizeof(short))
        {
            return [];
        }

        try
        {
            var reader = new ProtocolReader(bytes);
            var version = reader.ReadInt16();
            var assignment = new ConsumerProtocolAssignment();
            assignment.Read(ref reader, Math.Min(version, ConsumerProtocolAssignment.MaxVersion));
            return assignment.AssignedPartitions
                .SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition)))
                .Order()
                .ToArray();
        }
        catch (MalformedDataException)
        {
            return [];
        }
    }

    private Task<T> AtCoordinatorAsync<T>(string name, string group, Func<BrokerNode, Task<T>> call) =>
        calls.RunAsync(name, async () => await call(await CoordinatorAsync(group)));

    private async Task<BrokerNode> CoordinatorAsync(string group)
    {
        var request = new FindCoordinatorRequest { KeyType = GroupKeyType, CoordinatorKeys = [group] };
        var response = await calls.SendToAnyAsync<FindCoordinatorRequest, FindCoordinatorResponse>(request);
        var found = AdminCalls.Only(response.Coordinators);
        if (calls.Failure(found.ErrorCode, found.ErrorMessage, "FindCoordinator") is { } failure)
        {
            throw failure;
        }

        return new BrokerNode(found.NodeId, found.Host, found.Port, null);
    }
}
