using ClassicBroker.Primitives;

namespace ClassicBroker.Simulation.Runs.Groups;

/// <summary>
/// What members of a group were told, checked as it comes: a committed offset never goes back (H13); a partition has one owner in a
/// generation, and what is committed for an old one is refused (H14); nothing is committed that no member has read, and no member begins
/// behind what was committed (H5). Threading: the client loop.
/// </summary>
/// <param name="mayDissolve">Is a group that has no members and has committed nothing forgotten soon, so that its generations begin again?</param>
internal sealed class GroupHistory(bool mayDissolve = false)
{
    private readonly Dictionary<TopicPartition, List<GroupCommit>> _commits = [];
    private readonly Dictionary<TopicPartition, long> _processed = [];
    private readonly Dictionary<int, string> _leaders = [];
    private readonly Dictionary<(int Generation, TopicPartition Partition), int> _owners = [];
    private readonly HashSet<string> _retired = new(StringComparer.Ordinal);
    private long _now;

    /// <summary>The highest generation that is known to have been stored.</summary>
    public int Generation { get; private set; }

    public int AcceptedCommits { get; private set; }

    /// <summary>Up to where members have read a partition without a gap.</summary>
    public long Processed(TopicPartition partition) => _processed.GetValueOrDefault(partition);

    /// <summary>Marks a moment; what ended before it must be seen by what begins now.</summary>
    public long Tick() => ++_now;

    /// <summary>A member has joined by the one true coordinator, which it asked when <paramref name="generationBefore"/> was known.</summary>
    public void Join(int generation, int generationBefore)
    {
        if (generation < generationBefore && !IsDissolved())
        {
            throw new InvariantBrokenException("H14", $"a member joined generation {generation}, and {generationBefore} had been before");
        }
    }

    /// <summary>A member was given its part of a generation.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="leaderId">Who assigned; null where that may be another within a generation, as with static members.</param>
    /// <param name="member">The member.</param>
    /// <param name="assigned">Its part.</param>
    public void Own(int generation, string? leaderId, int member, IEnumerable<TopicPartition> assigned)
    {
        if (leaderId is not null)
        {
            if (_leaders.TryGetValue(generation, out var known) && known != leaderId && !IsDissolved())
            {
                throw new InvariantBrokenException("H14", $"generation {generation} was led by {known} and by {leaderId}");
            }

            _leaders[generation] = leaderId;
        }

        foreach (var partition in assigned)
        {
            if (!_owners.TryAdd((generation, partition), member) && _owners[(generation, partition)] is var other && other != member)
            {
                throw new InvariantBrokenException("H14", $"members {other} and {member} own {partition} in generation {generation}");
            }
        }

        if (generation > Generation)
        {
            Generation = generation;
            EndWhere(commit => commit.By.Generation < generation);
        }
    }

    /// <summary>Another has taken the place of a static member.</summary>
    public void Retire(string memberId)
    {
        _retired.Add(memberId);
        EndWhere(commit => commit.By.Id == memberId);
    }

    /// <summary>A member has read a partition from one offset up to another.</summary>
    public void Process(TopicPartition partition, long from, long to)
    {
        if (from > Processed(partition))
        {
            throw new InvariantBrokenException("H5", $"a group went on with {partition} at {from}, and has read up to {Processed(partition)}");
        }

        _processed[partition] = Math.Max(to, Processed(partition));
    }

    /// <summary>A member is about to commit.</summary>
    public GroupCommit Begin(TopicPartition partition, long offset, MemberIdentity by)
    {
        var commit = new GroupCommit(partition, offset, by, Tick(), by.Generation < Generation || _retired.Contains(by.Id));
        CommitsOf(partition).Add(commit);
        return commit;
    }

    /// <summary>A commit was acknowledged.</summary>
    public void Accept(GroupCommit commit)
    {
        if (commit.IsLate)
        {
            throw new InvariantBrokenException(
                "H14", $"a commit of {commit.Offset} for {commit.Partition} was taken from {commit.By}, and generation {Generation} had begun");
        }

        AcceptedCommits++;
        (commit.IsAccepted, commit.Ended) = (true, Math.Min(commit.Ended, Tick()));
    }

    /// <summary>A commit was refused before anything was written.</summary>
    public void Refuse(GroupCommit commit) => CommitsOf(commit.Partition).Remove(commit);

    /// <summary>A member was told what is committed; negative for nothing.</summary>
    public void Read(TopicPartition partition, long offset, long began)
    {
        var known = CommitsOf(partition);
        var settled = known.FindLast(commit => commit.IsAccepted && commit.Ended < began);
        if (offset < 0 ? settled is null : known.Exists(commit => commit.Offset == offset && !IsOverwritten(commit, known, began)))
        {
            return;
        }

        throw new InvariantBrokenException(
            "H13",
            $"{(offset < 0 ? "nothing" : offset)} is committed for {partition}, "
            + $"and {(settled is null ? "none committed that" : $"{settled.Offset} was acknowledged to {settled.By}")}");
    }

    /// <summary>Begins again where the group may have been forgotten.</summary>
    private bool IsDissolved()
    {
        if (!mayDissolve || AcceptedCommits > 0)
        {
            return false;
        }

        _leaders.Clear();
        _owners.Clear();
        Generation = 0;
        return true;
    }

    private static bool IsOverwritten(GroupCommit commit, List<GroupCommit> all, long began) =>
        all.Exists(later => later.IsAccepted && later.Began > commit.Ended && later.Ended < began);

    private List<GroupCommit> CommitsOf(TopicPartition partition) =>
        _commits.TryGetValue(partition, out var known) ? known : _commits[partition] = [];

    /// <summary>What has no answer yet of those that are fenced now can change nothing any more.</summary>
    private void EndWhere(Func<GroupCommit, bool> isFenced)
    {
        var now = Tick();
        foreach (var commit in _commits.Values.SelectMany(commits => commits))
        {
            if (!commit.IsAccepted && isFenced(commit))
            {
                commit.Ended = Math.Min(commit.Ended, now);
            }
        }
    }
}
