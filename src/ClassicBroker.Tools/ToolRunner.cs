using ClassicBroker.Tools.Arguments;
using ClassicBroker.Tools.Facts;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools;

/// <summary>
/// Finds the command a command line names, runs it, and turns the ways it may end into output and an exit code: the loop edge of the
/// tools, where every failure that no command handled is reported. No failure ends the process otherwise.
/// </summary>
internal static class ToolRunner
{
    /// <summary>What <c>--version</c> prints: the Kafka whose tools these are.</summary>
    public const string KafkaVersion = "3.9.2";

    /// <summary>EPIPE, which a write gets once the reader of the pipe has gone.</summary>
    private const int BrokenPipe = 32;

    private const string RunClass = "kafka-run-class";

    /// <summary>Runs <c>&lt;script&gt; args…</c> or <c>kafka-run-class &lt;class&gt; args…</c>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        try
        {
            var exitCode = Find(args, host, out var command, out var rest) ? await RunAsync(command, rest, host) : 1;
            await host.FlushAsync();
            return exitCode;
        }
        catch (IOException)
        {
            // The reader of our output has gone, as `| head` goes; nothing can be told to it.
            return 1;
        }
    }

    private static bool Find(IReadOnlyList<string> args, ToolHost host, out ICommand command, out string[] rest)
    {
        var name = args.Count > 0 ? Path.GetFileNameWithoutExtension(args[0]) : "";
        rest = args.Skip(1).ToArray();
        if (name == RunClass && rest.Length > 0)
        {
            name = CommandCatalog.ScriptOf(rest[0]) ?? rest[0];
            rest = rest[1..];
        }

        var found = CommandCatalog.ByScript(name);
        if (found is null)
        {
            host.Error.WriteLine($"Error: Could not find or load main class {name}");
            host.Error.WriteLine($"Caused by: java.lang.ClassNotFoundException: {name}");
        }

        command = found!;
        return found is not null;
    }

    private static async Task<int> RunAsync(ICommand command, string[] args, ToolHost host)
    {
        try
        {
            if (command.ReportsFacts)
            {
                (args, var form) = OutputOption.Take(args);
                host.Facts = form is { } asked ? new FactDocument(asked) : null;
            }

            var exitCode = await command.RunAsync(args, host);
            host.WriteFacts();
            return exitCode;
        }
        catch (VersionRequestedException)
        {
            host.Out.WriteLine(KafkaVersion);
            return 0;
        }
        catch (UsageException usage)
        {
            host.Error.WriteLine(usage.Message);
            host.Error.Write(OptionHelp.Format(usage.Parser));
            return 1;
        }
        catch (ArgumentHelpException help)
        {
            host.Out.Write(help.Message);
            return help.ExitCode;
        }
        catch (OperationCanceledException) when (host.Interruption.IsRequested)
        {
            return host.Interruption.ExitCode;
        }
        catch (ToolException failure)
        {
            host.Error.WriteLine(failure.Message);
            WriteFailed(failure, host);
            return 1;
        }
        catch (Exception failure) when (failure is not IOException { HResult: BrokenPipe })
        {
            Report(command.AwaitsFutures ? JavaException.OfFuture(failure) : failure, command.Failures, host);
            WriteFailed(failure, host);
            return 1;
        }
    }

    /// <summary>The facts that were found, and what ended the tool, unless the tool has said that in other words.</summary>
    private static void WriteFailed(Exception failure, ToolHost host)
    {
        host.Facts?.Failure ??= failure;
        host.WriteFacts();
    }

    private static void Report(Exception failure, FailureForm form, ToolHost host)
    {
        var trace = JavaException.Trace(failure);
        switch (form)
        {
            case FailureForm.MessageAndTrace:
                host.Error.WriteLine(failure.Message);
                host.Error.WriteLine(trace);
                break;
            case FailureForm.Trace:
                host.Error.WriteLine(trace);
                break;
            case FailureForm.ErrorOccurred:
                host.Error.WriteLine($"Error occurred: {failure.Message}");
                host.Error.WriteLine(trace);
                break;
            case FailureForm.ExecutingAclCommand:
                host.Out.WriteLine($"Error while executing ACL command: {failure.Message}");
                host.Out.WriteLine(trace);
                break;
            case FailureForm.ExecutingClientMetricsCommand:
                host.Out.WriteLine($"Error while executing client metrics command : {failure.Message}");
                host.Log("ERROR", trace + "\n", "org.apache.kafka.tools.ClientMetricsCommand");
                break;
            default:
                host.Error.WriteLine($"Exception in thread \"main\" {trace}");
                break;
        }
    }
}
