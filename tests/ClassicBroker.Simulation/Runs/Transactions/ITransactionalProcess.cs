namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>One life of an application with a transactional id, from its start until it ends or is replaced. Threading: the client loop.</summary>
internal interface ITransactionalProcess : IDisposable
{
    TransactionalClient Client { get; }

    /// <summary>Runs until it is told to stop, has been replaced, or was abandoned.</summary>
    Task RunAsync();

    /// <summary>Ends between two transactions.</summary>
    void Stop();
}
