// Command promql evaluates expressions with Prometheus' own engine on scraped texts, for tests of alerts and dashboards.
// It reads one question as JSON from stdin and answers as JSON on stdout.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// Scrape is what an endpoint showed at a moment (seconds since 1970); Labels are those that Prometheus adds.
type Scrape struct {
	At     float64           `json:"at"`
	Labels map[string]string `json:"labels"`
	Text   string            `json:"text"`
}

// Question asks for the values of expressions at a moment, and what is wrong with a file of rules.
type Question struct {
	Scrapes     []Scrape `json:"scrapes"`
	At          float64  `json:"at"`
	Expressions []string `json:"expressions"`
	Rules       string   `json:"rules"`
}

// Series is one element of a result.
type Series struct {
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
}

// Answer is what one expression yields.
type Answer struct {
	Expression string   `json:"expression"`
	Problem    string   `json:"problem,omitempty"`
	Series     []Series `json:"series"`
}

// Reply answers a question.
type Reply struct {
	RuleProblems []string `json:"ruleProblems"`
	Answers      []Answer `json:"answers"`
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "promql:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var question Question
	if err := json.NewDecoder(os.Stdin).Decode(&question); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "promql-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := tsdb.Open(dir, slog.New(slog.DiscardHandler), nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, scrape := range question.Scrapes {
		if err := store(db.Appender(ctx), scrape); err != nil {
			return err
		}
	}
	language := parser.NewParser(parser.Options{})
	reply := Reply{RuleProblems: []string{}, Answers: []Answer{}}
	if question.Rules != "" {
		_, problems := rulefmt.Parse([]byte(question.Rules), false, model.UTF8Validation, language, slog.New(slog.DiscardHandler))
		for _, problem := range problems {
			reply.RuleProblems = append(reply.RuleProblems, problem.Error())
		}
	}
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples:    1_000_000,
		Timeout:       time.Minute,
		LookbackDelta: 5 * time.Minute,
		Parser:        language,
	})
	for _, expression := range question.Expressions {
		reply.Answers = append(reply.Answers, evaluate(ctx, engine, db, expression, moment(question.At)))
	}
	return json.NewEncoder(os.Stdout).Encode(reply)
}

func moment(seconds float64) time.Time { return time.UnixMilli(int64(seconds * 1000)) }

func store(appender storage.Appender, scrape Scrape) error {
	lines := textparse.NewPromParser([]byte(scrape.Text), labels.NewSymbolTable(), false)
	for {
		entry, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return appender.Commit()
		}
		if err != nil {
			return err
		}
		if entry != textparse.EntrySeries {
			continue
		}
		var metric labels.Labels
		lines.Labels(&metric)
		_, _, value := lines.Series()
		builder := labels.NewBuilder(metric)
		for name, value := range scrape.Labels {
			builder.Set(name, value)
		}
		if _, err := appender.Append(0, builder.Labels(), moment(scrape.At).UnixMilli(), value); err != nil {
			return err
		}
	}
}

func evaluate(ctx context.Context, engine *promql.Engine, db *tsdb.DB, expression string, at time.Time) Answer {
	answer := Answer{Expression: expression, Series: []Series{}}
	query, err := engine.NewInstantQuery(ctx, db, nil, expression, at)
	if err != nil {
		answer.Problem = err.Error()
		return answer
	}
	defer query.Close()
	result := query.Exec(ctx)
	vector, err := result.Vector()
	if err != nil {
		answer.Problem = err.Error()
		return answer
	}
	for _, sample := range vector {
		// JSON has no NaN; what is none is no value to anybody.
		if sample.F == sample.F {
			answer.Series = append(answer.Series, Series{Labels: sample.Metric.Map(), Value: sample.F})
		}
	}
	return answer
}
