using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.AdminConsole.Reassignment;

/// <summary>
/// Proposes where replicas should lie: on the brokers chosen, as evenly as can be, with the fewest moves, the replicas of a partition in
/// different racks where there are enough of them, and the first replicas, which lead, spread as well. The same question has the same
/// answer. Used for one proposal.
/// </summary>
internal sealed class ReplicaProposal
{
    private readonly SortedDictionary<int, string?> _racks;
    private readonly SortedDictionary<int, int> _load;
    private readonly SortedDictionary<TopicPartition, List<int>> _replicas = [];

    private ReplicaProposal(IEnumerable<BrokerNode> brokers)
    {
        _racks = new(brokers.ToDictionary(broker => broker.Id, broker => broker.Rack));
        _load = new(_racks.Keys.ToDictionary(broker => broker, _ => 0));
    }

    /// <param name="current">The replicas of now, in order.</param>
    /// <param name="brokers">Those that may have replicas.</param>
    /// <param name="replication">How many replicas each partition is to have; null for as many as it has.</param>
    public static IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> Make(
        IEnumerable<KeyValuePair<TopicPartition, IReadOnlyList<int>>> current, IEnumerable<BrokerNode> brokers, int? replication)
    {
        var proposal = new ReplicaProposal(brokers);
        foreach (var (partition, replicas) in current.OrderBy(entry => entry.Key))
        {
            proposal.Keep(partition, replicas, replication ?? replicas.Count);
        }

        foreach (var (partition, replicas) in current.OrderBy(entry => entry.Key))
        {
            proposal.Fill(partition, replication ?? replicas.Count);
        }

        proposal.Level();
        proposal.SpreadLeaders();
        return new SortedDictionary<TopicPartition, IReadOnlyList<int>>(
            proposal._replicas.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<int>)entry.Value));
    }

    private void Keep(TopicPartition partition, IReadOnlyList<int> replicas, int count)
    {
        List<int> kept = [.. replicas.Where(_racks.ContainsKey).Take(count)];
        _replicas[partition] = kept;
        foreach (var broker in kept)
        {
            _load[broker]++;
        }
    }

    private void Fill(TopicPartition partition, int count)
    {
        var replicas = _replicas[partition];
        while (replicas.Count < Math.Min(count, _racks.Count))
        {
            var next = _load.Keys.Except(replicas).OrderBy(broker => SharesRack(replicas, broker)).ThenBy(broker => _load[broker]).First();
            replicas.Add(next);
            _load[next]++;
        }
    }

    /// <summary>Moves replicas from the brokers with the most to those with the least, until they differ by no more than one.</summary>
    private void Level()
    {
        var movesMax = _replicas.Values.Sum(replicas => replicas.Count);
        for (var moves = 0; moves < movesMax; moves++)
        {
            var least = _load.MinBy(entry => entry.Value);
            var hasMoved = false;
            foreach (var (most, load) in _load.OrderByDescending(entry => entry.Value).ToArray())
            {
                if (load - least.Value <= 1)
                {
                    break;
                }

                if (TryMove(most, least.Key))
                {
                    hasMoved = true;
                    break;
                }
            }

            if (!hasMoved)
            {
                return;
            }
        }
    }

    private bool TryMove(int source, int destination)
    {
        foreach (var replicas in _replicas.Values)
        {
            var place = replicas.IndexOf(source);
            if (place < 0 || replicas.Contains(destination))
            {
                continue;
            }

            List<int> others = [.. replicas.Where(broker => broker != source)];
            if (SharesRack(others, destination) && !SharesRack(others, source))
            {
                continue;
            }

            replicas[place] = destination;
            _load[source]--;
            _load[destination]++;
            return true;
        }

        return false;
    }

    /// <summary>Which replica of a partition is the first costs no move.</summary>
    private void SpreadLeaders()
    {
        var led = _racks.Keys.ToDictionary(broker => broker, _ => 0);
        foreach (var replicas in _replicas.Values.Where(replicas => replicas.Count > 0))
        {
            var leader = replicas.MinBy(broker => led[broker]);
            if (led[leader] < led[replicas[0]])
            {
                replicas.Remove(leader);
                replicas.Insert(0, leader);
            }

            led[replicas[0]]++;
        }
    }

    private bool SharesRack(IEnumerable<int> replicas, int broker) =>
        _racks[broker] is { } rack && replicas.Any(other => _racks[other] == rack);
}
