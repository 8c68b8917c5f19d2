namespace ClassicBroker.Tools;

/// <summary>One tool. Made for a single run.</summary>
internal interface ICommand
{
    /// <summary>Runs with the words behind the tool's name; returns the exit code.</summary>
    Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host);
}
