using System.Diagnostics;

namespace ClassicBroker.Operations.Consoles;

/// <summary>Where the console's program lies, and how a broker starts it. Stateless.</summary>
internal static class ConsoleProgram
{
    private const string Name = "kafka-admin-console";

    /// <summary>What systemd tells the broker is not for the console: it would answer in the broker's name.</summary>
    private static readonly string[] NotInherited = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"];

    /// <summary>The program beside the broker's own; run by the same runtime where that is a program of its own.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static ProcessStartInfo Start(string directory, string? runningProgram)
    {
        var isByRuntime = Path.GetFileNameWithoutExtension(runningProgram) == "dotnet";
        var program = Path.Join(directory, isByRuntime ? $"{Name}.dll" : Name);
        if (!File.Exists(program))
        {
            throw new FileNotFoundException($"{program} is missing: it belongs beside the broker's program.", program);
        }

        var start = new ProcessStartInfo(isByRuntime ? runningProgram! : program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        if (isByRuntime)
        {
            start.ArgumentList.Add(program);
        }

        start.ArgumentList.Add(ConsoleProcess.InServiceOption);
        foreach (var variable in NotInherited)
        {
            start.Environment.Remove(variable);
        }

        return start;
    }
}
