using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace ClassicBroker.Tools.Doctor;

/// <summary>A diagnosis for people, as a table, and for programs, as JSON. Stateless.</summary>
internal static class DiagnosisReport
{
    private const int WidthOfPipes = 140;

    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n" };

    /// <summary>The worst first. Colours and the width of the terminal on a terminal only.</summary>
    public static void WriteTable(Diagnosis diagnosis, ToolHost host)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = host.HasColours ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = host.HasColours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(host.Out),
        });
        if (!host.OutputIsTerminal)
        {
            console.Profile.Width = WidthOfPipes;
        }

        var table = new Table { Border = TableBorder.None, ShowHeaders = false }.AddColumns("", "", "");
        table.Columns[0].NoWrap = true;
        foreach (var finding in diagnosis.Findings.OrderByDescending(finding => finding.Severity))
        {
            var cure = finding.Cure is null ? "" : $"\n[bold]{Markup.Escape(finding.Cure)}[/]";
            table.AddRow(Sign(finding.Severity), Markup.Escape(finding.Subject), Markup.Escape(finding.Text) + cure);
        }

        console.Write(table);
        console.WriteLine(Summary(diagnosis));
    }

    /// <summary>All findings as one document, in the order of the checks.</summary>
    public static string Json(Diagnosis diagnosis)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("severity", Word(diagnosis.Worst));
            json.WriteStartArray("findings");
            foreach (var finding in diagnosis.Findings)
            {
                json.WriteStartObject();
                json.WriteString("severity", Word(finding.Severity));
                json.WriteString("subject", finding.Subject);
                json.WriteString("text", finding.Text);
                json.WriteString("cure", finding.Cure);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static string Summary(Diagnosis diagnosis)
    {
        var critical = diagnosis.Findings.Count(finding => finding.Severity == Severity.Critical);
        var warnings = diagnosis.Findings.Count(finding => finding.Severity == Severity.Warning);
        return critical + warnings == 0 ? "Nothing is wrong that can be seen from here." : $"{critical} critical, {warnings} to look at.";
    }

    private static string Sign(Severity severity) => severity switch
    {
        Severity.Critical => "[red]CRITICAL[/]",
        Severity.Warning => "[yellow]WARNING[/]",
        _ => "[green]ok[/]",
    };

    private static string Word(Severity severity) => severity switch
    {
        Severity.Critical => "critical",
        Severity.Warning => "warning",
        _ => "ok",
    };
}
