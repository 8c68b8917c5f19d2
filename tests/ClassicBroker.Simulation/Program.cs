using System.Diagnostics;
using ClassicBroker.Simulation;
using ClassicBroker.Simulation.Bugs;

try
{
    var options = Options.Parse(args);
    if (options.ListsBugs)
    {
        foreach (var name in PlantedBugs.Names)
        {
            Console.WriteLine($"{name}: {PlantedBugs.Make(name)!.What}");
        }

        return 0;
    }

    var clock = Stopwatch.StartNew();
    var code = options.MakesTable ? BugTable.Print(options, Console.Out) : new SeedRunner(options, Console.Out).Run();
    Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds:F1} s");
    return code;
}
catch (Exception wrong) when (wrong is FormatException or OverflowException)
{
    Console.Error.WriteLine(wrong.Message);
    Console.Error.WriteLine(Options.Usage);
    return 2;
}
