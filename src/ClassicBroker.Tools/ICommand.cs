namespace ClassicBroker.Tools;

/// <summary>One tool. Made for a single run.</summary>
internal interface ICommand
{
    /// <summary>How a failure is reported that <see cref="RunAsync"/> lets through.</summary>
    FailureForm Failures => FailureForm.Uncaught;

    /// <summary>
    /// Whether it lets through what the futures of Java's Admin throw: an ExecutionException around the refusal. Where it is not so, the
    /// refusal stands alone.
    /// </summary>
    bool AwaitsFutures => false;

    /// <summary>
    /// Whether it takes <c>--output</c>: what it prints are facts, which it adds to <see cref="ToolHost.Facts"/> where there is one.
    /// </summary>
    bool ReportsFacts => false;

    /// <summary>Runs with the words behind the tool's name; returns the exit code.</summary>
    Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host);
}
