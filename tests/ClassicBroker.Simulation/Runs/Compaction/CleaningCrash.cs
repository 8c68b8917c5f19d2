using ClassicBroker.Platform;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;
using ClassicBroker.Testing.Files;

namespace ClassicBroker.Simulation.Runs.Compaction;

/// <summary>
/// Ends the process of a broker right before one of the next changes that its cleaner makes to files: what is under way then finds every
/// file closed to it, as the code of a dead process does nothing more. Threading: the run's thread.
/// </summary>
internal sealed class CleaningCrash(SimulatedCluster cluster, SimulatedBroker broker, int nth)
{
    private static readonly string[] Marks = [".cleaned", ".swap", ".deleted"];

    private int _left = nth;
    private bool _isDead;

    /// <summary>Waits for its moment from now on; another one waiting for the same broker gives way.</summary>
    /// <param name="isDue">Asked at that moment.</param>
    /// <param name="ended">Told when the process has ended.</param>
    public void Arm(Func<bool> isDue, Action ended)
    {
        var (files, process) = (broker.Files, broker.IsRunning ? broker.Server : null);
        files.Before = (operation, path) =>
        {
            if (_isDead)
            {
                throw new StorageException($"{operation}", path, Errno.Io, "the process is gone");
            }

            var isOfCleaning = operation is not (FileOperation.Sync or FileOperation.Read)
                && Array.Exists(Marks, mark => path.Contains(mark, StringComparison.Ordinal));
            if (!isOfCleaning || --_left > 0)
            {
                return;
            }

            if (!isDue() || !broker.IsRunning || !ReferenceEquals(broker.Server, process))
            {
                files.Before = null;
                return;
            }

            _isDead = true;
            cluster.ClientLoop.Execute(() => files.Before = null);
            broker.Kill();
            ended();
            throw new StorageException($"{operation}", path, Errno.Io, "the process is gone");
        };
    }
}
