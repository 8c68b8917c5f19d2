using ClassicBroker.Controller.State;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Events;

/// <summary>
/// Elections where all that are in sync refuse to lead, because a crash cost each of them committed records: the power of all brokers was
/// cut, or that of the only one in sync. As long as a replica is away, it may have what the others lost, and the partition waits. Once all
/// are there they are asked how their logs end. The one with the last epoch, and of those the longest, has all that any of them has of what
/// was committed: it leads, marked as recovering (KIP-704), so that it does. Protocols before 3.2 have no such mark: it is named the only
/// one in sync, and takes that for the mark where it has refused before. Threading: the controller's loop, within its events.
/// </summary>
internal sealed class LastResortElections(EventScope scope)
{
    /// <summary>Who asks any replica, not only the leader, for the end of its log (a debugging consumer to Kafka).</summary>
    private const int AnyReplica = -2;

    private const long EndOfLog = -1;

    /// <summary>Names epochs; brokers from 2.2 on know it, whatever their protocol with each other.</summary>
    private const short ListOffsetsVersion = 5;

    private readonly ControllerContext _context = scope.Context;
    private readonly Dictionary<TopicPartition, SortedDictionary<int, LogEnd>> _logEnds = [];

    /// <summary>Begins to ask, for those of the partitions where nothing else is left.</summary>
    public void Consider(IEnumerable<TopicPartition> partitions)
    {
        var asked = new SortedDictionary<int, List<TopicPartition>>();
        foreach (var partition in partitions.Where(IsHopeless))
        {
            _logEnds[partition] = [];
            foreach (var replica in _context.Replicas(partition))
            {
                if (!asked.TryGetValue(replica, out var ofBroker))
                {
                    asked[replica] = ofBroker = [];
                }

                ofBroker.Add(partition);
            }
        }

        foreach (var (broker, ofBroker) in asked)
        {
            scope.Channels.Find(broker)?.Send<ListOffsetsRequest, ListOffsetsResponse>(
                RequestOf(ofBroker),
                ListOffsetsVersion,
                response => scope.Put("LogEndsReceived", () => OnLogEndsAsync(broker, response)));
        }
    }

    private static ListOffsetsRequest RequestOf(List<TopicPartition> partitions) =>
        new()
        {
            ReplicaId = AnyReplica,
            Topics =
            [
                .. partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(
                    topic => new ListOffsetsRequest.ListOffsetsTopic
                    {
                        Name = topic.Key,
                        Partitions =
                        [
                            .. topic.Select(partition => new ListOffsetsRequest.ListOffsetsPartition
                            {
                                PartitionIndex = partition.Partition, CurrentLeaderEpoch = -1, Timestamp = EndOfLog,
                            }),
                        ],
                    }),
            ],
        };

    private async Task OnLogEndsAsync(int broker, ListOffsetsResponse response)
    {
        var leaders = new Dictionary<TopicPartition, int>();
        foreach (var topic in response.Topics)
        {
            foreach (var answer in topic.Partitions)
            {
                var partition = new TopicPartition(topic.Name, answer.PartitionIndex);
                if (answer.ErrorCode != ErrorCode.None)
                {
                    scope.Logger.LogError(
                        "Broker {BrokerId} does not tell where its log of {Partition} ends: {Error}",
                        broker,
                        partition,
                        answer.ErrorCode.WireName());
                    _logEnds.Remove(partition);
                }
                else if (_logEnds.TryGetValue(partition, out var ends))
                {
                    ends[broker] = new(answer.LeaderEpoch, answer.Offset);
                    if (_context.Replicas(partition).All(ends.ContainsKey) && _logEnds.Remove(partition)
                        && IsHopeless(partition) && LeaderOf(partition, ends) is { } leader)
                    {
                        leaders[partition] = leader;
                    }
                }
            }
        }

        if (leaders.Count > 0)
        {
            await scope.Partitions.BringOnlineAsync(leaders.Keys, ElectionStrategy.Offline, leaders);
        }
    }

    /// <summary>Is every replica there, and has every one in sync refused?</summary>
    private bool IsHopeless(TopicPartition partition) =>
        _context.StatusOf(partition) == PartitionStatus.OfflinePartition
        && !_context.IsQueuedForDeletion(partition.Topic)
        && _context.LeadershipOf(partition) is { LeaderAndIsr.Isr: var inSync }
        && inSync.All(member => _context.Refusals.Contains(partition, member))
        && _context.Replicas(partition).All(replica => _context.IsReplicaOnline(replica, partition));

    /// <summary>Null where a replica does not say in which epoch its log ends.</summary>
    private int? LeaderOf(TopicPartition partition, SortedDictionary<int, LogEnd> ends)
    {
        // No broker has led in the epoch that has no leader. A broker of Kafka names the epoch it has heard of, not that of its log.
        var leaderless = _context.LeadershipOf(partition)!.LeaderAndIsr.LeaderEpoch;
        if (ends.Values.Any(end => end.Epoch >= leaderless))
        {
            scope.Logger.LogError(
                "All replicas of {Partition} that are in sync have lost committed records, and not all replicas tell what they have: only an "
                    + "unclean election by an operator brings the partition online",
                partition);
            return null;
        }

        var leader = _context.Replicas(partition).MaxBy(replica => ends[replica]);
        scope.Logger.LogError(
            "All replicas of {Partition} that are in sync have lost committed records: {Leader}, whose log is the most complete and ends at "
                + "{End}, leads with what is left",
            partition,
            leader,
            ends[leader].Offset);
        return leader;
    }

    /// <summary>How complete a log is: a later epoch counts more than a later offset.</summary>
    private readonly record struct LogEnd(int Epoch, long Offset) : IComparable<LogEnd>
    {
        public int CompareTo(LogEnd other) => (Epoch, Offset).CompareTo((other.Epoch, other.Offset));
    }
}
