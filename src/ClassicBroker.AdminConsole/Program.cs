using ClassicBroker.AdminConsole;
using ClassicBroker.AdminConsole.Hosted;

if (args is [ConsoleProcess.InServiceOption])
{
    return await HostedConsole.RunAsync();
}

using var loggers = new PlainLoggers(Console.Error);
return await StandaloneConsole.RunAsync(args, loggers);
