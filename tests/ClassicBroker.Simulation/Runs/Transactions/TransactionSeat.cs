using ClassicBroker.Platform;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// A transactional id and the processes that have it, one after the other: an operator starts another while one still runs, which replaces
/// it; processes vanish in the middle of what they do, and come back at once or after their transaction has timed out. Threading: the
/// client loop.
/// </summary>
internal sealed class TransactionSeat(SimulatedCluster cluster, TransactionShape shape, Func<int, ITransactionalProcess> make)
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SweepTime = TimeSpan.FromSeconds(2);

    private readonly List<(ITransactionalProcess Process, Task Run)> _processes = [];
    private DateTimeOffset _vacantUntil;
    private bool _isCalm;
    private bool _isStopped;

    /// <summary>The process that has the id as far as the operator knows; null where it is away for a while.</summary>
    public ITransactionalProcess? Current { get; private set; }

    /// <summary>Have all its processes ended?</summary>
    public bool IsOver => _isStopped && _processes.TrueForAll(entry => entry.Run.IsCompleted);

    /// <summary>What may fail for a reason that counts.</summary>
    public IEnumerable<Task> Tasks => _processes.SelectMany(entry => entry.Process.Client.Late.Prepend(entry.Run));

    public void Start()
    {
        Launch();
        Await();
    }

    /// <summary>The operator starts and ends nothing more: what runs goes on, and what ends is started again.</summary>
    public void CalmDown() => _isCalm = true;

    /// <summary>Every process ends between two transactions.</summary>
    public void Stop()
    {
        _isStopped = true;
        _processes.ForEach(entry => entry.Process.Stop());
    }

    public void Dispose() => _processes.ForEach(entry => entry.Process.Dispose());

    private void Await() => cluster.ClientLoop.Schedule(TakeTurn, Turn);

    private void TakeTurn()
    {
        if (_isStopped)
        {
            return;
        }

        if (Current is null || _processes[^1].Run.IsCompleted)
        {
            if (cluster.Time.GetUtcNow() >= _vacantUntil)
            {
                Launch();
            }
        }
        else if (!_isCalm && cluster.Random.OneIn(40))
        {
            // The one before goes on, and finds out.
            Launch();
        }
        else if (!_isCalm && cluster.Random.OneIn(60))
        {
            Current.Client.Abandon();
            Current = null;
            _vacantUntil = cluster.Time.GetUtcNow() + (cluster.Random.OneIn(2)
                ? TimeSpan.FromMilliseconds(cluster.Random.Next(500)) : TimeSpan.FromMilliseconds(shape.TimeoutMs) + SweepTime);
        }

        Await();
    }

    private void Launch()
    {
        var process = make(_processes.Count);
        Current = process;
        _processes.Add((process, process.RunAsync()));
    }
}
